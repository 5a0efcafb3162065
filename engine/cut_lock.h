// Excludes cut-takers from one another for the few loads of a cut; never taken by a hook. Works across processes that
// share the arena.
//
// Letting go is a store: no system call, and no locked instruction that would wait until what was written under the
// lock has come from the other core. So nobody can be woken, and who finds it held looks again: after some turns, if
// its holder has lost its core, every 20 microseconds.
//
// Sync edges:
//   [cut_lock.hold]  held_: release in unlock -> acquire in lock and try_lock. Carries what the lock guards.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/cpu.h"
#include "engine/platform.h"

namespace heapreel::engine {

class CutLock {
 public:
  bool try_lock() {
    // [cut_lock.hold] acquire
    return held_.exchange(1, std::memory_order_acquire) == 0;
  }

  void lock() {
    if (!try_lock()) [[unlikely]]
      lock_slow();
  }

  void unlock() {
    // [cut_lock.hold] release
    held_.store(0, std::memory_order_release);
  }

 private:
  [[gnu::cold, gnu::noinline]] void lock_slow() {
    constexpr int kTurns = 1000;  // some cuts' worth
    constexpr uint64_t kNapNs = 20'000;
    do {
      for (int turn = 0; turn < kTurns && is_held(); ++turn) cpu::relax();
      if (is_held()) platform::sleep_ns(kNapNs);
    } while (!try_lock());
  }

  bool is_held() const {
    // relaxed: tells only when to try
    return held_.load(std::memory_order_relaxed) != 0;
  }

  std::atomic<uint32_t> held_{0};
};

class CutLockGuard {
 public:
  explicit CutLockGuard(CutLock& lock) : lock_(lock) { lock_.lock(); }
  ~CutLockGuard() { lock_.unlock(); }
  CutLockGuard(const CutLockGuard&) = delete;
  CutLockGuard& operator=(const CutLockGuard&) = delete;

 private:
  CutLock& lock_;
};

}  // namespace heapreel::engine
