// The engine's lock-free types under Relacy: every load of an atomic returns any value that C++11 allows, and plain
// memory that two threads reach without order is a race. Included last: Relacy defines macros.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <iostream>

// Relacy is of 2013, and new compilers warn in it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <relacy/relacy.hpp>
#pragma GCC diagnostic pop
// Its names for what this language has names for.
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert

namespace heapreel::engine::testing {

using OrderChange = std::memory_order (*)(std::memory_order);

inline rl::memory_order relacy_order(std::memory_order order) {
  switch (order) {
    case std::memory_order::relaxed:
      return rl::mo_relaxed;
    case std::memory_order::consume:
    case std::memory_order::acquire:
      return rl::mo_acquire;
    case std::memory_order::release:
      return rl::mo_release;
    case std::memory_order::acq_rel:
      return rl::mo_acq_rel;
    case std::memory_order::seq_cst:
      break;
  }
  return rl::mo_seq_cst;
}

// `load_order` and `store_order` turn the orders that the code under test names into those of a variant.
template <class T, OrderChange load_order, OrderChange store_order>
class RelacyAtomic {
 public:
  RelacyAtomic(T value = {}) : value_(value) {}

  T load(std::memory_order order) const { return value_.load(relacy_order(load_order(order)), RL_INFO); }
  void store(T value, std::memory_order order) { value_.store(value, relacy_order(store_order(order)), RL_INFO); }
  T fetch_add(T value, std::memory_order order) { return value_.fetch_add(value, relacy_order(order), RL_INFO); }

 private:
  rl::atomic<T> value_;
};

// Plain memory, watched for races.
template <class T>
class RelacyPlain {
 public:
  RelacyPlain& operator=(T value) {
    value_(RL_INFO) = value;
    return *this;
  }
  operator T() const { return value_(RL_INFO); }
  T operator->() const { return value_(RL_INFO); }

 private:
  rl::var<T> value_;
};

// As segment.h has it, but with so few words that every schedule comes to a PAD.
struct SmallSegment {
  RelacyPlain<SmallSegment*> next;
  RelacyPlain<uint64_t> issued_before;
  RelacyPlain<uint64_t> words[3];
};

struct RelacyOutcome {
  rl::test_result_e result;
  uint64_t schedules;
};

// Explores every schedule of `Suite`. The one that fails is told on `report`, a stream that must not allocate: Relacy
// replaces operator new while it runs.
template <class Suite>
RelacyOutcome explore(std::ostream& report) {
  rl::test_params params;
  params.search_type = rl::sched_full;
  params.output_stream = &report;
  params.progress_stream = &report;
  rl::simulate<Suite>(params);
  return {params.test_result, params.stop_iteration};
}

// Every schedule is as it must be; a failure's history stands on the standard output.
template <class Suite>
void expect_right() {
  const RelacyOutcome outcome = explore<Suite>(std::cout);
  EXPECT_EQ(outcome.result, rl::test_result_success) << rl::test_result_str(outcome.result);
  EXPECT_GT(outcome.schedules, 100u);
}

template <class Suite>
void expect_caught(rl::test_result_e as) {
  std::ostream nowhere(nullptr);
  const RelacyOutcome outcome = explore<Suite>(nowhere);
  EXPECT_EQ(outcome.result, as) << rl::test_result_str(outcome.result);
}

}  // namespace heapreel::engine::testing
