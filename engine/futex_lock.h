// A lock for the cold paths of cut-takers; never taken by a hook. Works across processes that share the arena.
//
// Sync edges:
//   [lock.hold]  word_: release in unlock -> acquire in lock and try_lock. Carries what the lock guards.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/platform.h"

namespace heapreel::engine {

class FutexLock {
 public:
  bool try_lock() {
    uint32_t free = kFree;
    // [lock.hold] acquire; relaxed on failure: nothing was gained
    return word_.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  void lock() {
    if (try_lock()) return;
    // [lock.hold] acquire
    while (word_.exchange(kContended, std::memory_order_acquire) != kFree) {
      platform::futex_wait(word_, kContended, kRecheckNs);
    }
  }

  void unlock() {
    // [lock.hold] release
    if (word_.exchange(kFree, std::memory_order_release) == kContended) platform::futex_wake_all(word_);
  }

 private:
  enum : uint32_t { kFree, kHeld, kContended };
  static constexpr uint64_t kRecheckNs = 10'000'000;

  std::atomic<uint32_t> word_{kFree};
};

class FutexLockGuard {
 public:
  explicit FutexLockGuard(FutexLock& lock) : lock_(lock) { lock_.lock(); }
  ~FutexLockGuard() { lock_.unlock(); }
  FutexLockGuard(const FutexLockGuard&) = delete;
  FutexLockGuard& operator=(const FutexLockGuard&) = delete;

 private:
  FutexLock& lock_;
};

}  // namespace heapreel::engine
