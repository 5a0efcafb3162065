// The read side over one million live blocks with 5,000 tracebacks of 25 frames.
//
// "Cold" asks a snapshot for the first time, with its traceback source already known to the group tables or
// not as said; "Neighbour" compares snapshots that share all but 16 blocks, as two game frames do.
#include <benchmark/benchmark.h>
#include <heapreel/heapreel.h>

#include <random>

#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/paged_trace_set.h"

namespace heapreel::testing {
namespace {

constexpr uint32_t kTracebacks = 5000;
constexpr uint32_t kFrames = 25;
constexpr uint32_t kBlocks = 1'000'000;

std::vector<Traceback> make_tracebacks() {
  std::minstd_rand random(1);
  std::vector<Traceback> tracebacks;
  for (uint32_t i = 0; i < kTracebacks; ++i) {
    std::vector<Frame> frames;
    for (uint32_t depth = 0; depth < kFrames; ++depth) {
      frames.emplace_back("/home/ci/engine/src/module" + std::to_string(random() % 300) + ".cc", random() % 2000 + 1);
    }
    tracebacks.emplace_back(std::move(frames), kFrames);
  }
  return tracebacks;
}

BlockRow random_block(std::minstd_rand& random, uint64_t address) {
  const auto below = [&random](uint32_t limit) { return static_cast<uint32_t>(random() >> 8) % limit; };
  return {address, below(4096), below(kTracebacks), 0, below(8)};
}

// As from_traces() holds them: two of these share nothing.
const std::vector<Trace>& traces() {
  static const std::vector<Trace> kTraces = [] {
    const std::vector<Traceback> tracebacks = make_tracebacks();
    std::minstd_rand random(2);
    std::vector<Trace> made(kBlocks);
    for (Trace& trace : made) {
      trace.size = random() % 4096;
      trace.traceback = tracebacks[random() % kTracebacks];
    }
    return made;
  }();
  return kTraces;
}

PagedTraceSet make_set(bool tells_differences) {
  PagedTraceSet set(std::make_shared<PagedSource>(make_tracebacks()), kTracebacks, tells_differences);
  std::minstd_rand random(2);
  std::vector<std::pair<size_t, BlockRow>> blocks;
  for (uint32_t i = 0; i < kBlocks; ++i) blocks.emplace_back(i, random_block(random, i + 1));
  return set.with_blocks(blocks);
}

PagedTraceSet next_game_frame(const PagedTraceSet& set, uint32_t seed) {
  std::minstd_rand random(seed);
  std::vector<std::pair<size_t, BlockRow>> blocks;
  for (int i = 0; i < 16; ++i) blocks.emplace_back(random() % kBlocks, random_block(random, kBlocks + 1));
  return set.with_blocks(blocks);
}

Snapshot snapshot_of(const PagedTraceSet& set) {
  return SnapshotData::make_snapshot(std::make_shared<PagedTraceSet>(set), kFrames, SkipList());
}

void FromTraces(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Trace> copy = traces();
    state.ResumeTiming();
    benchmark::DoNotOptimize(Snapshot::from_traces(std::move(copy), kFrames));
  }
}
BENCHMARK(FromTraces)->Unit(benchmark::kMillisecond);

void ColdStatistics(benchmark::State& state) {
  const auto key_type = static_cast<KeyType>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Snapshot snapshot = Snapshot::from_traces(traces(), kFrames);
    state.ResumeTiming();
    benchmark::DoNotOptimize(snapshot.statistics(key_type, state.range(1)));
  }
  state.SetLabel(std::string(to_string(key_type)) + (state.range(1) ? " cumulative" : ""));
}
BENCHMARK(ColdStatistics)
    ->Args({0, 0})
    ->Args({1, 0})
    ->Args({2, 0})
    ->Args({1, 1})
    ->Args({7, 0})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);

// Two snapshots from separate vectors.
void ColdCompareTo(benchmark::State& state) {
  const auto key_type = static_cast<KeyType>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Snapshot old_snapshot = Snapshot::from_traces(traces(), kFrames);
    const Snapshot new_snapshot = Snapshot::from_traces(traces(), kFrames);
    state.ResumeTiming();
    benchmark::DoNotOptimize(new_snapshot.compare_to(old_snapshot, key_type));
  }
  state.SetLabel(std::string(to_string(key_type)));
}
BENCHMARK(ColdCompareTo)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->Iterations(5);

// The older one has been looked at already, as when every game frame is compared with the one before.
void NeighbourCompareTo(benchmark::State& state) {
  const auto key_type = static_cast<KeyType>(state.range(0));
  const PagedTraceSet first = make_set(state.range(1));
  const Snapshot old_snapshot = snapshot_of(first);
  benchmark::DoNotOptimize(old_snapshot.statistics(key_type));
  uint32_t seed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const Snapshot new_snapshot = snapshot_of(next_game_frame(first, ++seed));
    state.ResumeTiming();
    benchmark::DoNotOptimize(new_snapshot.compare_to(old_snapshot, key_type));
  }
  state.SetLabel(std::string(to_string(key_type)) + (state.range(1) ? ", shared" : ", nothing shared"));
}
BENCHMARK(NeighbourCompareTo)->ArgsProduct({{0, 1, 2, 7}, {0, 1}})->Unit(benchmark::kMicrosecond)->Iterations(50);

void FilterTraces(benchmark::State& state) {
  const Snapshot snapshot = Snapshot::from_traces(traces(), kFrames);
  const bool all_frames = state.range(0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(snapshot.filter_traces(
        {Filter(false, "*/module1*.cc", {}, all_frames), Filter(true, "*/engine/src/*", {}, all_frames)}));
  }
  state.SetLabel(all_frames ? "all frames" : "most recent frame");
}
BENCHMARK(FilterTraces)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heapreel::testing

BENCHMARK_MAIN();
