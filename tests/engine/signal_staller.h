// Interrupts threads at arbitrary instructions: their signal handler gives the processor away, so that hooks stall
// between reading the epoch and publishing. The product needs no seam for it.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "engine/memory/platform.h"

namespace heapreel::engine::testing {

class SignalStaller {
 public:
  // `in_handler`, if given, runs in the handler first.
  SignalStaller(std::vector<pthread_t> victims, uint64_t seed, void (*in_handler)() = nullptr) {
    s_in_handler = in_handler;
    struct sigaction action = {};
    action.sa_handler = [](int) {
      const int saved = errno;
      if (s_in_handler != nullptr) s_in_handler();
      // relaxed: a statistic
      if (s_stalls.fetch_add(1, std::memory_order_relaxed) % 3 == 0) {
        platform::sleep_ns(100'000);
      } else {
        sched_yield();
      }
      errno = saved;
    };
    action.sa_flags = SA_RESTART;
    sigaction(SIGURG, &action, &before_);
    thread_ = std::thread([this, victims = std::move(victims), seed] {
      std::mt19937_64 random(seed);
      // relaxed: a flag
      while (!done_.load(std::memory_order_relaxed)) {
        pthread_kill(victims[random() % victims.size()], SIGURG);
        platform::sleep_ns(random() % 150'000);
      }
    });
  }
  // The victims must still live.
  ~SignalStaller() {
    // relaxed: a flag
    done_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  SignalStaller(const SignalStaller&) = delete;
  SignalStaller& operator=(const SignalStaller&) = delete;

  // relaxed: a statistic
  static uint64_t stalls() { return s_stalls.load(std::memory_order_relaxed); }

 private:
  static inline std::atomic<uint64_t> s_stalls{0};
  static inline void (*s_in_handler)() = nullptr;

  struct sigaction before_ = {};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace heapreel::engine::testing
