// One loop a run, for any tracer:
//
//     allocation_loops tight DEPTH THREADS PAIRS
//     allocation_loops churn LIVE REPLACEMENTS
//     allocation_loops hand_over BLOCKS
//     allocation_loops level LIVE
//     allocation_loops game GAME_FRAMES BLOCKS_PER_GAME_FRAME LIVE PERIOD_US
//
// Prints what it measured as one line of JSON (measured.h). Exit status: 0, 2 usage.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/loops/loops.h"

namespace heapreel::bench::loops {
namespace {

struct Words {
  int count;
  char** at;

  bool are(const char* name, int numbers) const { return count == numbers + 2 && std::strcmp(at[1], name) == 0; }
  uint64_t number(int index) const { return std::strtoull(at[index + 2], nullptr, 10); }
};

bool run(const Words& words, Measured& measured) {
  if (words.are("tight", 3)) {
    measured = tight(static_cast<int>(words.number(0)), static_cast<int>(words.number(1)), words.number(2));
  } else if (words.are("churn", 2)) {
    measured = churn(words.number(0), words.number(1));
  } else if (words.are("hand_over", 1)) {
    measured = hand_over(words.number(0));
  } else if (words.are("level", 1)) {
    measured = level_load(words.number(0));
  } else if (words.are("game", 4)) {
    measured = game({.game_frames = words.number(0),
                     .blocks_per_game_frame = words.number(1),
                     .live = words.number(2),
                     .period_us = words.number(3)});
  } else {
    return false;
  }
  return true;
}

// Without stdio, whose buffer would be one more allocation.
int print(const Measured& measured) {
  char line[512];
  const int length = std::snprintf(
      line, sizeof line,
      "{\"events\": %llu, \"cpu_ns\": %.0f, \"wall_ns\": %.0f, \"threads\": %d, \"game_frame_p50_us\": %.1f, "
      "\"game_frame_p99_us\": %.1f}\n",
      static_cast<unsigned long long>(measured.events), measured.cpu_ns, measured.wall_ns, measured.threads,
      measured.game_frame_p50_us, measured.game_frame_p99_us);
  return write(STDOUT_FILENO, line, static_cast<size_t>(length)) == length ? 0 : 1;
}

}  // namespace
}  // namespace heapreel::bench::loops

int main(int argc, char** argv) {
  heapreel::bench::loops::Measured measured;
  if (!heapreel::bench::loops::run({argc, argv}, measured)) {
    std::fprintf(stderr,
                 "allocation_loops: no such loop, or not its numbers; bench/loops/allocation_loops.cc lists them\n");
    return 2;
  }
  return heapreel::bench::loops::print(measured);
}
