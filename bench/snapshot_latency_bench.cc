// What take_snapshot() costs its caller, and how long until the state is frozen, at 300 thousand events a second: 60
// game frames of 5,000 events each, in real time, with the consolidator on another core. The first call in a game frame
// finds caches cold, the one right after it (`warm`) does not. Wall time, so only as good as the machine is quiet; the
// instructions are held by instruction_budgets.py.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "bench/game_load.h"

namespace heapreel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kEventsPerGameFrame = 5000;
constexpr auto kGameFrame = std::chrono::microseconds(16'667);
constexpr int kGameFrames = 600;

double nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

double percentile(std::vector<double> values, double share) {
  const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

void snapshot_every_game_frame(benchmark::State& state) {
  TracerSetup tracer(true);
  GameLoad load(static_cast<uint64_t>(state.range(0)), 500);
  std::vector<double> caller_ns, frozen_ns, warm_ns;
  engine::SnapshotHandle before;
  Clock::time_point next = Clock::now();
  for (auto _ : state) {
    load.game_frame(kEventsPerGameFrame);
    const Clock::time_point begin = Clock::now();
    engine::SnapshotHandle now = engine::take_snapshot();
    const Clock::time_point end = Clock::now();
    const Clock::time_point warm_begin = Clock::now();
    engine::SnapshotHandle warm = engine::take_snapshot();
    warm_ns.push_back(nanoseconds(Clock::now() - warm_begin));
    while (!now.ready()) {
    }
    caller_ns.push_back(nanoseconds(end - begin));
    frozen_ns.push_back(nanoseconds(Clock::now() - begin));
    before = std::move(now);  // a reel writer holds the last two
    next = std::max(next + kGameFrame, Clock::now());
    std::this_thread::sleep_until(next);
  }
  before = {};
  state.counters["caller_p50_ns"] = percentile(caller_ns, 0.5);
  state.counters["caller_p99_ns"] = percentile(caller_ns, 0.99);
  state.counters["warm_p50_ns"] = percentile(warm_ns, 0.5);
  state.counters["warm_p99_ns"] = percentile(warm_ns, 0.99);
  state.counters["frozen_p50_us"] = percentile(frozen_ns, 0.5) / 1e3;
  state.counters["frozen_p99_us"] = percentile(frozen_ns, 0.99) / 1e3;
}
BENCHMARK(snapshot_every_game_frame)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(kGameFrames);

}  // namespace
}  // namespace heapreel::bench

BENCHMARK_MAIN();
