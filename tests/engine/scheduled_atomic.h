// Deterministic interleavings: threads are fibers, every access to a ScheduledAtomic may switch to another of them, and
// a seeded generator decides which. One seed is one schedule.
//
// Vector clocks follow the memory orders that the code under test names: what a fiber wrote before a release is known
// to whoever reads it by an acquire, and nothing else is. Tests ask knows() of plain memory that travels this way.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace heapreel::engine::testing {

class Schedule {
 public:
  static constexpr size_t kMostFibers = 8;
  using Clock = std::array<uint64_t, kMostFibers>;

  // Runs the bodies to their ends, interleaved as `seed` says.
  static void run(uint64_t seed, std::vector<std::function<void()>> bodies) {
    Schedule schedule(seed, std::move(bodies));
    s_current = &schedule;
    while (schedule.switch_somewhere(&schedule.main_)) {
    }
    s_current = nullptr;
  }

  // A point where another fiber may go on. Outside of run() nothing happens.
  static void point() {
    if (s_current == nullptr) return;
    Fiber& fiber = s_current->fibers_[s_current->running_];
    ++fiber.clock[s_current->running_];
    // Long runs of one fiber as well as many switches.
    if (s_current->random_() % 4 != 0) s_current->switch_somewhere(&fiber.context);
  }

  static Clock* clock() { return s_current == nullptr ? nullptr : &s_current->fibers_[s_current->running_].clock; }

  // A stamp for plain memory that the running fiber writes now; and whether the running fiber may read such memory.
  struct Stamp {
    size_t fiber = 0;
    uint64_t time = 0;
  };
  static Stamp stamp() { return {s_current->running_, (*clock())[s_current->running_]}; }
  static bool knows(const Stamp& stamp) {
    return stamp.fiber == s_current->running_ || (*clock())[stamp.fiber] > stamp.time;
  }

 private:
  struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    std::function<void()> body;
    Clock clock{};
    bool done = false;
  };
  static constexpr size_t kStackBytes = 128 << 10;

  Schedule(uint64_t seed, std::vector<std::function<void()>> bodies) : random_(seed), fibers_(bodies.size()) {
    for (size_t i = 0; i < bodies.size(); ++i) {
      Fiber& fiber = fibers_[i];
      fiber.body = std::move(bodies[i]);
      fiber.stack = std::make_unique<char[]>(kStackBytes);
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.get();
      fiber.context.uc_stack.ss_size = kStackBytes;
      fiber.context.uc_link = &main_;
      makecontext(&fiber.context, enter_fiber, 0);
    }
  }

  static void enter_fiber() {
    Fiber& fiber = s_current->fibers_[s_current->running_];
    fiber.body();
    fiber.done = true;
  }

  // False when all fibers are done.
  bool switch_somewhere(ucontext_t* from) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < fibers_.size(); ++i) {
      if (!fibers_[i].done) ready.push_back(i);
    }
    if (ready.empty()) return false;
    const size_t next = ready[random_() % ready.size()];
    if (&fibers_[next].context == from) return true;
    running_ = next;
    swapcontext(from, &fibers_[next].context);
    return true;
  }

  static inline Schedule* s_current = nullptr;

  std::mt19937_64 random_;
  std::vector<Fiber> fibers_;
  ucontext_t main_;
  size_t running_ = 0;
};

// `weaken` turns an order into the one that a mutant uses in its place.
template <class T, std::memory_order (*weaken)(std::memory_order)>
class BasicScheduledAtomic {
 public:
  BasicScheduledAtomic(T value = {}) : value_(value) {}

  T load(std::memory_order order) const {
    Schedule::point();
    acquire(weaken(order));
    return value_;
  }
  void store(T value, std::memory_order order) {
    Schedule::point();
    value_ = value;
    clock_ = {};
    release(weaken(order));
    Schedule::point();  // what should have come before the store may come too late
  }
  T fetch_add(T value, std::memory_order order) {
    Schedule::point();
    acquire(weaken(order));
    release(weaken(order));
    const T before = value_;
    value_ += value;
    return before;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure) {
    Schedule::point();
    if (value_ != expected) {
      expected = value_;
      acquire(weaken(failure));
      return false;
    }
    acquire(weaken(success));
    release(weaken(success));
    value_ = desired;
    return true;
  }

 private:
  static bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static void join(Schedule::Clock* into, const Schedule::Clock& from) {
    for (size_t i = 0; i < into->size(); ++i) (*into)[i] = std::max((*into)[i], from[i]);
  }
  void acquire(std::memory_order order) const {
    if (Schedule::clock() != nullptr && acquires(order)) join(Schedule::clock(), clock_);
  }
  void release(std::memory_order order) {
    if (Schedule::clock() == nullptr || !releases(order)) return;
    join(&clock_, *Schedule::clock());
  }

  T value_;
  Schedule::Clock clock_{};
};

constexpr std::memory_order as_named(std::memory_order order) {
  return order;
}
template <class T>
using ScheduledAtomic = BasicScheduledAtomic<T, as_named>;

}  // namespace heapreel::engine::testing
