// A lock for cold paths, shared by the threads of one process and its vfork children. Waiting for it always has a
// limit, because its holder may be stopped by a debugger, or be left by a signal handler that jumps or never returns.
//
// Sync edges:
//   [lock.hold]  word_: release in unlock -> acquire in lock_within and try_lock. Carries what the lock guards.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/platform.h"

namespace heapreel::engine {

class FutexLock {
 public:
  bool try_lock() {
    uint32_t free = kFree;
    // [lock.hold] acquire; relaxed on failure: nothing was gained
    return word_.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // False when another thread held the lock all that time.
  bool lock_within(uint64_t patience_ns) {
    if (try_lock()) return true;
    const uint64_t deadline = platform::monotonic_ns() + patience_ns;
    // [lock.hold] acquire
    while (word_.exchange(kContended, std::memory_order_acquire) != kFree) {
      const uint64_t now = platform::monotonic_ns();
      if (now >= deadline) return false;
      platform::futex_wait(word_, kContended, deadline - now);
    }
    return true;
  }

  void unlock() {
    // [lock.hold] release
    if (word_.exchange(kFree, std::memory_order_release) == kContended) platform::futex_wake_all(word_);
  }

 private:
  enum : uint32_t { kFree, kHeld, kContended };

  std::atomic<uint32_t> word_{kFree};
};

// Holds the lock, if held() says so, to the end of the scope.
class FutexLockGuard {
 public:
  FutexLockGuard(FutexLock& lock, uint64_t patience_ns) : lock_(lock), held_(lock.lock_within(patience_ns)) {}
  ~FutexLockGuard() {
    if (held_) lock_.unlock();
  }
  FutexLockGuard(const FutexLockGuard&) = delete;
  FutexLockGuard& operator=(const FutexLockGuard&) = delete;

  bool held() const { return held_; }

 private:
  FutexLock& lock_;
  const bool held_;
};

}  // namespace heapreel::engine
