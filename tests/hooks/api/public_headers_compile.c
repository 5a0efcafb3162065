/* Every macro once; compiled as C99 and C11, enabled, disabled and weak, with warnings as errors. */
#include <heapreel/engine.h>

HEAPREEL_DOMAIN(frame_arena, "FrameArena");

void* use_every_macro(char* base, size_t bytes, int* evaluated);

void* use_every_macro(char* base, size_t bytes, int* evaluated) {
  HEAPREEL_DOMAIN(local_pool, "LocalPool");
  HEAPREEL_TAG("Physics/Solver");
  HEAPREEL_TAG_DYNAMIC(base);
  HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 0);
  HEAPREEL_BUDGET("Scratch", .alloc_bytes_per_game_frame = bytes, .live_bytes = 4 * bytes);
  HEAPREEL_TAG_ID tag = HEAPREEL_TAG_CAPTURE();
  HEAPREEL_ALLOC(frame_arena, base, (*evaluated)++ + bytes);
  HEAPREEL_REALLOC_BEGIN(ticket, local_pool, base);
  HEAPREEL_REALLOC_END(ticket, local_pool, base, base + 16, bytes);
  HEAPREEL_FREE(local_pool, base + 16);
  HEAPREEL_ARENA_RESET(frame_arena, base, bytes);
  HEAPREEL_DOMAIN_RESET(local_pool);
  HEAPREEL_DOMAIN_DESTROY(frame_arena);
  {
    HEAPREEL_TAG_RESTORE(tag);
    HEAPREEL_MARK("level-loaded");
  }
  if (bytes == 1)
    HEAPREEL_GAME_FRAME_NUMBER(12u);
  else if (bytes != 0)
    HEAPREEL_GAME_FRAME();
  else
    HEAPREEL_MARK("empty");
  return base;
}
