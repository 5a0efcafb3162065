// What the consolidator costs: events per second of one core, from ring words to the store.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "bench/thread_timer.h"
#include "bench/tracer_setup.h"

namespace heapreel::bench {
namespace {

using engine::record_alloc;
using engine::record_free;

const void* block(uint64_t number) {
  return reinterpret_cast<const void*>(0x1000'0000 + number * 64);
}

// Runs `issue` to fill the rings, then measures the round that drains them.
template <class Issue>
void measure_rounds(benchmark::State& state, uint64_t events, Issue&& issue) {
  for (auto _ : state) {
    issue();
    const ThreadTimer timer;
    TracerSetup::round();
    state.SetIterationTime(timer.seconds());
  }
  state.SetItemsProcessed(static_cast<int64_t>(events) * state.iterations());
}

// Blocks that die at once: everything stays in the cache.
void short_lived(benchmark::State& state) {
  TracerSetup tracer(false);
  constexpr int kPairs = 5000;
  measure_rounds(state, 2 * kPairs, [] {
    for (int i = 0; i < kPairs; ++i) {
      record_alloc(0, block(i % 8), 64, kNoStack);
      record_free(0, block(i % 8));
    }
  });
}
BENCHMARK(short_lived)->UseManualTime();

// A game: 80 % of the blocks die within the round, 10 % replace a random one of the live million, from 20 stacks.
void game(benchmark::State& state) {
  TracerSetup tracer(false);
  const auto live = static_cast<uint64_t>(state.range(0));
  std::mt19937_64 random(7);
  std::vector<uint64_t> blocks(live);
  uint64_t next = 0;
  std::vector<std::vector<uintptr_t>> stacks;
  for (uintptr_t i = 0; i < 20; ++i) stacks.push_back({i * 100 + 1, i * 100 + 2, i * 100 + 3, 4, 5, 6, 7, 8});
  const auto alloc = [&](uint64_t number) {
    const auto& pcs = stacks[number % stacks.size()];
    record_alloc(0, block(number), 16 + number % 500, {pcs.data(), 8, true});
  };
  for (uint64_t& number : blocks) {
    alloc(number = next++);
    if (next % 100'000 == 0) TracerSetup::round();
  }
  TracerSetup::round();
  std::vector<uint64_t> young;
  constexpr int kAllocs = 10'000;
  measure_rounds(state, 2 * kAllocs, [&] {
    for (int i = 0; i < kAllocs; ++i) {
      if (i % 10 == 0) {
        uint64_t& victim = blocks[random() % live];
        record_free(0, block(victim));
        alloc(victim);
      } else {
        alloc(next);
        young.push_back(next);
        next = live + (next + 1 - live) % 4096;
      }
      if (young.size() > 200) {
        record_free(0, block(young[young.size() - 200]));
        young.erase(young.end() - 200);
      }
    }
    for (uint64_t number : young) record_free(0, block(number));
    young.clear();
  });
}
BENCHMARK(game)->UseManualTime()->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace heapreel::bench

BENCHMARK_MAIN();
