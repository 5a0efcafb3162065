// Excludes the cut-takers of one process, and its vfork children, from one another for the few loads of a cut. Hooks
// never take it. Waiting for it always has a limit, because its holder may be stopped by a debugger, or be left by a
// signal handler that jumps or never returns.
//
// Unlocking is a plain store: no system call, and no locked instruction, which would wait until what was written under
// the lock has come from the other core. So nobody can be woken: whoever finds the lock held looks again, a number of
// times at once, and then, because its holder has lost its core, every 20 microseconds.
//
// Sync edges:
//   [cut_lock.hold]  held_: release in unlock -> acquire in try_lock. Carries what the lock guards.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/platform.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine {

class CutLock {
 public:
  bool try_lock() {
    // [cut_lock.hold] acquire
    return held_.exchange(1, std::memory_order_acquire) == 0;
  }

  // False when another thread held the lock all that time.
  [[gnu::cold, gnu::noinline]] bool lock_within(uint64_t patience_ns) {
    constexpr int kTurns = 1000;  // some cuts' worth
    constexpr uint64_t kNapNs = 20'000;
    const uint64_t deadline = platform::monotonic_ns() + patience_ns;
    while (!try_lock()) {
      for (int turn = 0; turn < kTurns && is_held(); ++turn) cpu::relax();
      if (!is_held()) continue;
      if (platform::monotonic_ns() >= deadline) return false;
      platform::sleep_ns(kNapNs);
    }
    return true;
  }

  void unlock() {
    // [cut_lock.hold] release
    held_.store(0, std::memory_order_release);
  }

 private:
  bool is_held() const {
    // relaxed: tells only when to try
    return held_.load(std::memory_order_relaxed) != 0;
  }

  std::atomic<uint32_t> held_{0};
};

}  // namespace heapreel::engine
