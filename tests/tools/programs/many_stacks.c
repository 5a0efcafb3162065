/* A program of 2^N different call stacks of N calls each (argument: N), each of which keeps a block: a flame graph of
   some 2^(N+1) nodes. */
#include <heapreel/heapreel_weak.h>
#include <stdlib.h>

static void* volatile kept;

__attribute__((noinline)) static void left(unsigned path, int depth);
__attribute__((noinline)) static void right(unsigned path, int depth);

static void go(unsigned path, int depth) {
  if (depth == 0) {
    kept = malloc(16 + path % 100);
  } else if (path & 1) {
    left(path >> 1, depth - 1);
  } else {
    right(path >> 1, depth - 1);
  }
}

static void left(unsigned path, int depth) {
  go(path, depth);
}
static void right(unsigned path, int depth) {
  go(path, depth);
}

int main(int argc, char** argv) {
  const int depth = argc > 1 ? atoi(argv[1]) : 4;
  if (heapreel_game_frame) heapreel_game_frame();
  for (unsigned path = 0; path < 1u << depth; ++path) go(path, depth);
  if (heapreel_game_frame) heapreel_game_frame();
  return 0;
}
