// What a hook costs: an alloc/free pair over mimalloc, alone and recorded, without stack capture and with a stack of 30
// frames.
#include "bench/hook_pairs.h"
#include "bench/traced_pairs.h"

namespace heapreel::bench {
namespace {

void per_pair(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kPairs);
}

void mimalloc_pair(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(seconds_of(plain_pairs));
  per_pair(state);
}
BENCHMARK(mimalloc_pair)->UseManualTime();

// Loaded, not tracing.
void idle_pair(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(seconds_of(hooked_pairs));
  per_pair(state);
}
BENCHMARK(idle_pair)->UseManualTime();

// The rings are drained outside the measured time.
void recorded_pair_drained_for_free(benchmark::State& state) {
  TracerSetup tracer(false);
  for (auto _ : state) {
    state.SetIterationTime(seconds_of(hooked_pairs));
    TracerSetup::round();
  }
  per_pair(state);
}
BENCHMARK(recorded_pair_drained_for_free)->UseManualTime();

// The consolidator keeps up on the other core.
void recorded_pair_sustained(benchmark::State& state) {
  TracerSetup tracer(true);
  for (auto _ : state) state.SetIterationTime(seconds_of(hooked_pairs));
  per_pair(state);
}
BENCHMARK(recorded_pair_sustained)->UseManualTime()->MinTime(2.0);

// As above, from one place 30 frames deep.
void walked_pair_drained_for_free(benchmark::State& state) {
  TracerSetup tracer(false);
  at_depth(kStackDepth, [&] {
    for (auto _ : state) {
      state.SetIterationTime(seconds_of([] { traced_pairs(kPairs); }));
      TracerSetup::round();
    }
  });
  per_pair(state);
}
BENCHMARK(walked_pair_drained_for_free)->UseManualTime();

void walked_pair_sustained(benchmark::State& state) {
  TracerSetup tracer(true);
  at_depth(kStackDepth, [&] {
    for (auto _ : state) state.SetIterationTime(seconds_of([] { traced_pairs(kPairs); }));
  });
  per_pair(state);
}
BENCHMARK(walked_pair_sustained)->UseManualTime()->MinTime(2.0);

}  // namespace
}  // namespace heapreel::bench

BENCHMARK_MAIN();
