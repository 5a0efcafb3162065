// What take_snapshot() costs its caller, and how long until the state is frozen, at 300 thousand events a second: 60
// game frames of 5,000 events each, in real time, with the consolidator on another core. Two games:
//  - busy_game_frame allocates and computes through its game frame, over more data than the caches of a core hold: the
//    normal one.
//  - burst_then_sleep allocates all at once and sleeps for the rest: the core has been given away, the caches are cold.
// Whoever wants the state either polls ready() and so keeps a core, or waits in get() and gives it away (`_waiting`).
// `own_frozen` is without the time in which the consolidator was ready to run and the machine had no core for it: on a
// busy machine that is nearly all of the worst.
// The call right after the first one is `warm`. `woken_late` is how much later than asked for this machine wakes a
// sleeping thread, in the same run; `undisturbed` leaves out the game frames in which that was over 200 microseconds.
// Wall time, so only as good as the machine is quiet; instructions, cache lines and system calls of the call are held
// by instruction_budgets.py.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "bench/core_wait.h"
#include "bench/game_load.h"
#include "bench/wake_noise.h"

namespace heapreel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kEventsPerGameFrame = 5000;
constexpr auto kGameFrame = std::chrono::microseconds(16'667);
constexpr int kGameFrames = 600;
constexpr uint64_t kDisturbedNs = 200'000;

double nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

// 0 of nothing.
double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

struct BurstThenSleep {
  Clock::time_point next = Clock::now();

  void game_frame(GameLoad& load) {
    next = std::max(next + kGameFrame, Clock::now());
    std::this_thread::sleep_until(next);
    load.game_frame(kEventsPerGameFrame);
  }
};

struct BusyGameFrame {
  static constexpr uint32_t kSlices = 100;
  std::vector<uint64_t> data = std::vector<uint64_t>((16u << 20) / sizeof(uint64_t), 1);
  std::mt19937_64 random{7};

  void game_frame(GameLoad& load) {
    const Clock::time_point begin = Clock::now();
    for (uint32_t slice = 1; slice <= kSlices; ++slice) {
      load.game_frame(kEventsPerGameFrame / kSlices);
      while (Clock::now() < begin + kGameFrame * slice / kSlices) {
        for (int i = 0; i < 100; ++i) ++data[random() % data.size()];
      }
    }
  }
};

enum class Wants : uint8_t { kPolls, kWaits };

template <class Game>
void snapshot_every_game_frame(benchmark::State& state, Wants how = Wants::kPolls) {
  TracerSetup tracer(true);
  GameLoad load(static_cast<uint64_t>(state.range(0)), 500);
  Game game;
  WakeNoise noise;
  const CoreWait core;
  std::vector<double> caller_ns, warm_ns, frozen_ns, own_ns, undisturbed_ns;
  engine::SnapshotHandle before;
  for (auto _ : state) {
    game.game_frame(load);
    noise.take_worst();
    const uint64_t core_wait = core.total_ns();
    const Clock::time_point begin = Clock::now();
    engine::SnapshotHandle now = engine::take_snapshot();
    const Clock::time_point end = Clock::now();
    const Clock::time_point warm_begin = Clock::now();
    const engine::SnapshotHandle warm = engine::take_snapshot();
    warm_ns.push_back(nanoseconds(Clock::now() - warm_begin));
    if (how == Wants::kWaits) now.get();
    while (!now.ready()) {
    }
    caller_ns.push_back(nanoseconds(end - begin));
    frozen_ns.push_back(nanoseconds(Clock::now() - begin));
    own_ns.push_back(std::max(0.0, frozen_ns.back() - static_cast<double>(core.total_ns() - core_wait)));
    if (noise.take_worst() < kDisturbedNs) undisturbed_ns.push_back(frozen_ns.back());
    before = std::move(now);  // a reel writer holds the last two
  }
  before = {};
  const std::vector<double>& late_ns = noise.stop();
  state.counters["caller_p50_ns"] = percentile(caller_ns, 0.5);
  state.counters["caller_p99_ns"] = percentile(caller_ns, 0.99);
  state.counters["warm_p50_ns"] = percentile(warm_ns, 0.5);
  state.counters["warm_p99_ns"] = percentile(warm_ns, 0.99);
  state.counters["frozen_p50_us"] = percentile(frozen_ns, 0.5) / 1e3;
  state.counters["frozen_p99_us"] = percentile(frozen_ns, 0.99) / 1e3;
  state.counters["own_frozen_p50_us"] = percentile(own_ns, 0.5) / 1e3;
  state.counters["own_frozen_p99_us"] = percentile(own_ns, 0.99) / 1e3;
  state.counters["undisturbed"] = static_cast<double>(undisturbed_ns.size()) / static_cast<double>(frozen_ns.size());
  state.counters["undisturbed_frozen_p50_us"] = percentile(undisturbed_ns, 0.5) / 1e3;
  state.counters["undisturbed_frozen_p99_us"] = percentile(undisturbed_ns, 0.99) / 1e3;
  state.counters["woken_late_p50_us"] = percentile(late_ns, 0.5) / 1e3;
  state.counters["woken_late_p99_us"] = percentile(late_ns, 0.99) / 1e3;
}

void busy_game_frame(benchmark::State& state) {
  snapshot_every_game_frame<BusyGameFrame>(state);
}
void burst_then_sleep(benchmark::State& state) {
  snapshot_every_game_frame<BurstThenSleep>(state);
}

void burst_then_sleep_waiting(benchmark::State& state) {
  snapshot_every_game_frame<BurstThenSleep>(state, Wants::kWaits);
}

void live_blocks(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kGameFrames);
}
BENCHMARK(busy_game_frame)->Apply(live_blocks);
BENCHMARK(burst_then_sleep)->Apply(live_blocks);
BENCHMARK(burst_then_sleep_waiting)->Apply(live_blocks);

}  // namespace
}  // namespace heapreel::bench

BENCHMARK_MAIN();
