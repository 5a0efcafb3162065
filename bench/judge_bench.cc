// What budgets cost in the running game: time of the call that ends a game frame, on the game's thread, and of the round
// that stores, freezes and judges it, on the consolidator's; with ten budgets and with none.
#include <benchmark/benchmark.h>

#include "bench/judged_game.h"
#include "bench/thread_timer.h"

namespace heapreel::bench {
namespace {

constexpr uint64_t kLive = 1'000'000;

void game_frame_call(benchmark::State& state) {
  JudgedGame game(kLive, state.range(0) != 0);
  for (auto _ : state) {
    game.play();
    const ThreadTimer timer;
    JudgedGame::end_game_frame();
    state.SetIterationTime(timer.seconds());
    TracerSetup::round();
  }
}
BENCHMARK(game_frame_call)->ArgName("judged")->Arg(0)->Arg(1)->UseManualTime()->Iterations(300);

void round_of_a_game_frame(benchmark::State& state) {
  JudgedGame game(kLive, state.range(0) != 0);
  for (auto _ : state) {
    game.play();
    JudgedGame::end_game_frame();
    const ThreadTimer timer;
    TracerSetup::round();
    state.SetIterationTime(timer.seconds());
  }
}
BENCHMARK(round_of_a_game_frame)->ArgName("judged")->Arg(0)->Arg(1)->UseManualTime()->Iterations(300);

}  // namespace
}  // namespace heapreel::bench

BENCHMARK_MAIN();
