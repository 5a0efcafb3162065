// What the macros of <heapreel/engine.h> compile to: one function for each. Compiled twice, as a game with heapreel and as a
// game without it; the golden tables say how many instructions each has.
#include <heapreel/engine.h>

namespace HEAPREEL_MACROS_ARE {

void work();
HEAPREEL_DOMAIN(arena, "Arena");

void alloc(void* p, size_t n) {
  HEAPREEL_ALLOC(arena, p, n);
}
void free(void* p) {
  HEAPREEL_FREE(arena, p);
}
void* resize(void* p, void* q, size_t n) {
  HEAPREEL_REALLOC_BEGIN(ticket, arena, p);
  work();
  HEAPREEL_REALLOC_END(ticket, arena, p, q, n);
  return q;
}
void arena_reset(void* base, size_t bytes) {
  HEAPREEL_ARENA_RESET(arena, base, bytes);
}
void tag() {
  HEAPREEL_TAG("Physics");
  work();
}
void dynamic_tag(const char* name) {
  HEAPREEL_TAG_DYNAMIC(name);
  work();
}
HEAPREEL_TAG_ID captured_tag() {
  return HEAPREEL_TAG_CAPTURE();
}
void restored_tag(HEAPREEL_TAG_ID tag) {
  HEAPREEL_TAG_RESTORE(tag);
  work();
}
void game_frame() {
  HEAPREEL_GAME_FRAME();
}
void game_frame_number(uint32_t number) {
  HEAPREEL_GAME_FRAME_NUMBER(number);
}
void mark() {
  HEAPREEL_MARK("level-loaded");
}

}  // namespace HEAPREEL_MACROS_ARE
