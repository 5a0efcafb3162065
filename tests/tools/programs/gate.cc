// A game whose every allocation is known, and that breaks what it is told to:
//
//     gate [FRAMES] [leak] [storm] [late] [left] [arena] [full] [pool]
//
// In each of its game frames (40 by default) Scripts allocates 3 blocks of 100 bytes and frees them; a level is loaded,
// 5 blocks of 1,000 bytes, and unloaded 8 game frames later. leak: Combat keeps 64 bytes a game frame. storm: 500 blocks
// in game frame 12. late: a call site that allocates from game frame 30 on. left: a block of each level is kept. arena: 10
// pieces of 100 bytes of an arena, which is reset before the game frame ends. full: 90 of them in game frame 12.
// pool: two chunks of malloc's, 4,096 bytes each, are memory of a pool, of which 100 bytes are in use; and one more piece,
// of a chunk that was freed.
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>
#include <pthread.h>

#include <cstdlib>
#include <cstring>

namespace {

constexpr int kLevelBlocks = 5;

HEAPREEL_DOMAIN(scratch, "Scratch");
HEAPREEL_DOMAIN(pool, "Pool");

bool leaks = false, storms = false, comes_late = false, leaves = false, has_arena = false, fills = false,
     has_pool = false;
void* level[kLevelBlocks];
void* volatile kept;

void run_scripts(int blocks) {
  HEAPREEL_TAG("Scripts");
  for (int i = 0; i < blocks; ++i) {
    void* volatile block = std::malloc(100);
    std::free(block);
  }
}

void fight() {
  HEAPREEL_TAG("Combat");
  kept = std::malloc(64);
}

void take_late() {
  HEAPREEL_TAG("Late");
  void* volatile block = std::malloc(10);
  std::free(block);
}

char arena[90 * 100];

void use_arena(int pieces) {
  for (int i = 0; i < pieces; ++i) HEAPREEL_ALLOC(scratch, arena + 100 * i, 100);
  HEAPREEL_ARENA_RESET(scratch, arena, sizeof arena);
}

void* chunks[3];

void make_pool() {
  for (void*& chunk : chunks) {
    chunk = std::malloc(4096);
    HEAPREEL_HEAP(pool, chunk);
  }
  HEAPREEL_ALLOC(pool, chunks[0], 100);
  HEAPREEL_ALLOC(pool, chunks[2], 200);
  std::free(chunks[2]);
}

void load_level() {
  HEAPREEL_TAG("Level");
  for (void*& block : level) block = std::malloc(1'000);
  HEAPREEL_MARK("level-loaded");
}

void unload_level() {
  for (int i = leaves ? 1 : 0; i < kLevelBlocks; ++i) std::free(level[i]);
  HEAPREEL_MARK("level-unloaded");
}

}  // namespace

int main(int argc, char** argv) {
  // Known at once: the system's name for a thread is asked for when its first events are stored, and the program may have
  // ended by then.
  pthread_setname_np(pthread_self(), "gate");
  int game_frames = 40;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* word) { return std::strcmp(argv[i], word) == 0; };
    leaks = leaks || is("leak");
    storms = storms || is("storm");
    comes_late = comes_late || is("late");
    leaves = leaves || is("left");
    has_arena = has_arena || is("arena");
    fills = fills || is("full");
    has_pool = has_pool || is("pool");
    if (std::atoi(argv[i]) != 0) game_frames = std::atoi(argv[i]);
  }
  if (has_pool) make_pool();
  for (int number = 0; number < game_frames; ++number) {
    if (number % 10 == 1) load_level();
    if (number % 10 == 9) unload_level();
    run_scripts(storms && number == 12 ? 500 : 3);
    if (leaks) fight();
    if (has_arena) use_arena(fills && number == 12 ? 90 : 10);
    if (comes_late && number >= 30) take_late();
    HEAPREEL_GAME_FRAME();
  }
  return 0;
}
