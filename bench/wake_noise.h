// How punctually this machine wakes a thread that sleeps as the consolidator does: what of a latency is the machine's.
#pragma once

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/memory/platform.h"

namespace heapreel::bench {

// A thread that sleeps 250 microseconds at a time, from construction to stop().
class WakeNoise {
 public:
  static constexpr uint64_t kSleepNs = 250'000;

  WakeNoise() : thread_([this] { run(); }) {}
  ~WakeNoise() { stop(); }
  WakeNoise(const WakeNoise&) = delete;
  WakeNoise& operator=(const WakeNoise&) = delete;

  // The worst oversleeping since the last call, in nanoseconds, one that is still going on among them.
  uint64_t take_worst() {
    const uint64_t worst = worst_ns_.exchange(0);
    const uint64_t now = engine::platform::monotonic_ns();
    const uint64_t due = due_ns_.load();
    return std::max(worst, now > due ? now - due : 0);
  }

  // Ends the thread; the oversleepings of all its sleeps, in nanoseconds.
  const std::vector<double>& stop() {
    stopped_.store(true);
    if (thread_.joinable()) thread_.join();
    return over_ns_;
  }

 private:
  void run() {
    prctl(PR_SET_TIMERSLACK, 1000UL);  // as the consolidator's thread has it
    while (!stopped_.load()) {
      const uint64_t due = engine::platform::monotonic_ns() + kSleepNs;
      due_ns_.store(due);
      engine::platform::sleep_ns(kSleepNs);
      const uint64_t over = engine::platform::monotonic_ns() - due;
      over_ns_.push_back(static_cast<double>(over));
      if (over > worst_ns_.load()) worst_ns_.store(over);
    }
  }

  std::atomic<bool> stopped_{false};
  std::atomic<uint64_t> worst_ns_{0};
  std::atomic<uint64_t> due_ns_{UINT64_MAX};
  std::vector<double> over_ns_;
  std::thread thread_;
};

}  // namespace heapreel::bench
