// A writer and a reader of the totals board in every schedule, under the memory model of C++11, with so few copies that
// the writer comes round: no two publications are ever mixed. Weaker orders must be caught.
#include <gtest/gtest.h>

#include "engine/store/latest_value.h"
#include "tests/engine/relacy_atomic.h"

namespace heapreel::engine::testing {
namespace {

constexpr std::memory_order as_named(std::memory_order order) {
  return order;
}
constexpr std::memory_order relaxed(std::memory_order) {
  return std::memory_order_relaxed;
}

template <class T>
using Faithful = RelacyAtomic<T, as_named, as_named>;
template <class T>
using ReleaseLost = RelacyAtomic<T, as_named, relaxed>;
template <class T>
using AcquireLost = RelacyAtomic<T, relaxed, as_named>;

template <template <class> class Atomic>
struct LatestValueSuite : rl::test_suite<LatestValueSuite<Atomic>, 2> {
  static constexpr uint64_t kPublications = 2;  // into the other copy, then into the first one's

  struct Sums {
    uint64_t first = 0;
    uint64_t second = 0;
  };

  void thread(unsigned index) {
    if (index == 0) {
      for (uint64_t i = 1; i <= kPublications; ++i) board.publish({i, 2 * i});
    } else {
      const Sums seen = board.read();
      RL_ASSERT(seen.second == 2 * seen.first);
    }
  }

  BasicLatestValue<Sums, Atomic, 2> board;
};

TEST(LatestValueRelacyTest, EveryScheduleReadsOnePublication) {
  expect_right<LatestValueSuite<Faithful>>();
}
TEST(LatestValueRelacyTest, PublishingWithoutReleaseIsCaught) {
  expect_caught<LatestValueSuite<ReleaseLost>>(rl::test_result_user_assert_failed);
}
TEST(LatestValueRelacyTest, ReadingWithoutAcquireIsCaught) {
  expect_caught<LatestValueSuite<AcquireLost>>(rl::test_result_user_assert_failed);
}

}  // namespace
}  // namespace heapreel::engine::testing
