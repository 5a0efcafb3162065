// What is counted in 32 bits: tracing ends, marked, before anything wraps.
#include "engine/consolidate/consolidator.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

class CountersTest : public TracerTest {
 protected:
  static TraceStore& store() { return *tracer_state()->consolidator->store_for_test(); }
  // [state.ended] acquire
  static EndReason ended() { return tracer_state()->ended.load(std::memory_order_acquire); }
};
using Blocks = std::map<uintptr_t, size_t>;

TEST_F(CountersTest, TracingEndsBeforeTheCountOfFrozenStatesWraps) {
  start_without_consolidator();
  store().count_from_for_test(kMostCounted - 2);
  alloc(0x1000, 1);
  const SnapshotHandle first = take_snapshot();
  round();
  EXPECT_EQ(ended(), EndReason::kNotEnded);
  alloc(0x2000, 2);
  const SnapshotHandle second = take_snapshot();
  round();
  EXPECT_EQ(ended(), EndReason::kCounter);
  alloc(0x3000, 3);
  const SnapshotHandle third = take_snapshot();
  round();
  EXPECT_FALSE(is_tracing());
  EXPECT_EQ(live_blocks(first), (Blocks{{0x1000, 1}}));
  EXPECT_EQ(live_blocks(second), (Blocks{{0x1000, 1}, {0x2000, 2}}));
  EXPECT_EQ(live_blocks(third).count(0x3000), 0u);
  EXPECT_EQ(third.get()->ended, EndReason::kCounter);
}

TEST_F(CountersTest, SnapshotThatCannotBeCountedIsEmptyAndSoMuchIsLeftOfTheOthers) {
  start_without_consolidator();
  alloc(0x1000, 1);
  store().count_from_for_test(UINT32_MAX - 1);
  const SnapshotHandle last = take_snapshot();
  round();
  const SnapshotHandle beyond = take_snapshot();
  round();
  EXPECT_EQ(live_blocks(last), (Blocks{{0x1000, 1}}));
  EXPECT_EQ(beyond.get(), nullptr);
}

TEST_F(CountersTest, TracingThatWasStoppedCountsFromTheBeginningAgain) {
  start_without_consolidator();
  store().count_from_for_test(kMostCounted);
  round();
  ASSERT_EQ(ended(), EndReason::kCounter);
  stop();
  start_without_consolidator();
  alloc(0x1000, 1);
  const SnapshotHandle snapshot = take_snapshot();
  round();
  EXPECT_EQ(ended(), EndReason::kNotEnded);
  EXPECT_EQ(live_blocks(snapshot), (Blocks{{0x1000, 1}}));
}

TEST_F(CountersTest, TracingEndsBeforeGameFramesWrap) {
  start_without_consolidator();
  store().set_game_frame(kMostCounted);
  round();
  EXPECT_EQ(ended(), EndReason::kCounter);
}

}  // namespace
}  // namespace heapreel::engine::testing
