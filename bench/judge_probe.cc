// What budgets cost in the running game, for valgrind's callgrind to count: judge_probe call|round on|off LIVE.
// judge_budgets.py runs it.
#include <cstdlib>
#include <cstring>

#include "bench/callgrind_region.h"
#include "bench/judged_game.h"

int main(int argc, char** argv) {
  using namespace heapreel::bench;
  constexpr int kGameFrames = 20;
  if (argc != 4) return 2;
  const bool counts_call = !std::strcmp(argv[1], "call");
  JudgedGame game(std::strtoull(argv[3], nullptr, 10), !std::strcmp(argv[2], "on"));
  for (int i = 0; i < kGameFrames; ++i) {
    game.play();
    if (counts_call) {
      count(JudgedGame::end_game_frame);
      TracerSetup::round();
    } else {
      JudgedGame::end_game_frame();
      count(TracerSetup::round);
    }
  }
}
