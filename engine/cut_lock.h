// Excludes the program's cut-takers from one another for the few loads of a cut; never taken by a hook, nor by a
// consolidating process, which may be killed or stopped at any instruction. Nobody waits for it without bound: a
// debugger may have stopped its holder, or a signal handler jumped out of it.
//
// Letting go is a store: no system call, and no locked instruction that would wait until what was written under the
// lock has come from the other core. So nobody can be woken, and who finds it held looks again: after some turns, if
// its holder has lost its core, every 20 microseconds.
//
// Sync edges:
//   [cut_lock.hold]  held_: release in unlock -> acquire in lock_within and try_lock. Carries what the lock guards.
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

  // False when it could not be had in time.
  bool lock_within(uint64_t patience_ns) {
    if (try_lock()) [[likely]]
      return true;
    return lock_slow(patience_ns);
  }

  void unlock() {
    // [cut_lock.hold] release
    held_.store(0, std::memory_order_release);
  }

 private:
  [[gnu::cold, gnu::noinline]] bool lock_slow(uint64_t patience_ns) {
    const uint64_t deadline = platform::monotonic_ns() + patience_ns;
    constexpr int kTurns = 1000;  // some cuts' worth
    constexpr uint64_t kNapNs = 20'000;
    do {
      for (int turn = 0; turn < kTurns && is_held(); ++turn) cpu::relax();
      if (is_held() && platform::monotonic_ns() >= deadline) return false;
      if (is_held()) platform::sleep_ns(kNapNs);
    } while (!try_lock());
    return true;
  }

  bool is_held() const {
    // relaxed: tells only when to try
    return held_.load(std::memory_order_relaxed) != 0;
  }

  std::atomic<uint32_t> held_{0};
};

// Holds the lock, if held() says so, to the end of the scope.
class CutLockGuard {
 public:
  CutLockGuard(CutLock& lock, uint64_t patience_ns) : lock_(lock), held_(lock.lock_within(patience_ns)) {}
  ~CutLockGuard() {
    if (held_) [[likely]]
      lock_.unlock();
  }
  CutLockGuard(const CutLockGuard&) = delete;
  CutLockGuard& operator=(const CutLockGuard&) = delete;

  bool held() const { return held_; }

 private:
  CutLock& lock_;
  const bool held_;
};

}  // namespace heapreel::engine
