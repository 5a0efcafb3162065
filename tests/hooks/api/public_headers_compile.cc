// Every macro once; compiled as C++17 and C++20, enabled, disabled and weak, with warnings as errors.
#include <heapreel/engine.h>

namespace game {

HEAPREEL_DOMAIN(frame_arena, "FrameArena");

using namespace heapreel::literals;
HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 0);
HEAPREEL_BUDGET("Textures", .alloc_bytes_per_game_frame = 4_KiB, .live_bytes = 512_MiB);

template <class Job>
void run(Job job) {
  job();
}

void* use_every_macro(char* base, size_t bytes) {
  HEAPREEL_TAG("Physics/Solver");
  HEAPREEL_TAG_DYNAMIC(base);
  HEAPREEL_BUDGET("Scratch", .live_bytes = bytes);
  HEAPREEL_ALLOC(frame_arena, base, bytes);
  HEAPREEL_REALLOC_BEGIN(ticket, frame_arena, base);
  HEAPREEL_REALLOC_END(ticket, frame_arena, base, base + 16, bytes);
  HEAPREEL_FREE(frame_arena, base + 16);
  HEAPREEL_ARENA_RESET(frame_arena, base, bytes);
  HEAPREEL_DOMAIN_RESET(frame_arena);
  HEAPREEL_DOMAIN_DESTROY(frame_arena);
  run([tag = HEAPREEL_TAG_CAPTURE()] { HEAPREEL_TAG_RESTORE(tag); });
  HEAPREEL_GAME_FRAME();
  HEAPREEL_GAME_FRAME_NUMBER(12u);
  HEAPREEL_MARK("level-loaded");
  return base;
}

}  // namespace game
