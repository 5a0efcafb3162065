// Stacks on their way from the hook through the thread's cache and its mirror into a snapshot.
#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "engine/record/traceback_cache.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

class CapturedTracebacksTest : public TracerTest {
 protected:
  // Calls itself, so that the stack is deep.
  [[gnu::noinline]] static void allocate_below(int levels, uintptr_t p) {
    if (levels == 0) {
      record_alloc(0, address(p), 8, HEAPREEL_WALK_START());
    } else {
      allocate_below(levels - 1, p);
    }
    asm volatile("");
  }

  static const StoredTraceback* stack_of(const FrozenTraces& traces, uintptr_t address) {
    const StoredTraceback* found = nullptr;
    traces.for_each_block([&](BlockId, const Record& record) {
      if (record.address == address) found = traces.tracebacks->at(traces.sites->at(record.site).traceback);
    });
    return found;
  }
};

TEST_F(CapturedTracebacksTest, KeepTheirStacksWhenSlotsOfTheCacheAreTakenOver) {
  start_tracer();
  constexpr uintptr_t kStacks = 3 * TracebackCache::kSlots;
  std::mt19937_64 random(7);
  for (uintptr_t i = 1; i <= kStacks; ++i) {
    alloc(i * 0x100, 8, {i, i + 1, 7});
    // An older one again: known, taken over, or taken over and defined anew.
    const uintptr_t again = 1 + random() % i;
    alloc(0x1'0000'0000 + i * 0x100, 8, {again, again + 1, 7});
  }
  const SnapshotHandle snapshot = take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  std::mt19937_64 same(7);
  std::map<uintptr_t, uintptr_t> first_frame;
  for (uintptr_t i = 1; i <= kStacks; ++i) {
    first_frame[i * 0x100] = i;
    first_frame[0x1'0000'0000 + i * 0x100] = 1 + same() % i;
  }
  uint64_t wrong = 0;
  uint64_t blocks = 0;
  traces->for_each_block([&](BlockId, const Record& record) {
    const StoredTraceback* stack = traces->tracebacks->at(traces->sites->at(record.site).traceback);
    const uintptr_t first = first_frame.at(record.address);
    wrong += stack->depth != 3 || stack->pcs()[0] != first || stack->pcs()[1] != first + 1 || stack->pcs()[2] != 7;
    ++blocks;
  });
  EXPECT_EQ(blocks, 2 * kStacks);
  EXPECT_EQ(wrong, 0u);
}

TEST_F(CapturedTracebacksTest, AreToldAnewWhenTheSlotOfARememberedWalkIsAnothers) {
  start_tracer();
  constexpr uintptr_t kRounds = 8;
  for (uintptr_t round = 0; round < kRounds; ++round) {
    allocate_below(5, 0x1000 + round * 0x100);
    if (round != kRounds / 2) continue;
    for (uintptr_t i = 1; i <= 8 * TracebackCache::kSlots; ++i) alloc(0x1'0000'0000 + i * 0x100, 8, {i, i + 1, 7});
  }
  const SnapshotHandle snapshot = take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  const StoredTraceback* const first = stack_of(*traces, 0x1000);
  ASSERT_NE(first, nullptr);
  EXPECT_GT(first->depth, 5u);
  for (uintptr_t round = 1; round < kRounds; ++round) {
    const StoredTraceback* const stack = stack_of(*traces, 0x1000 + round * 0x100);
    ASSERT_NE(stack, nullptr) << round;
    ASSERT_EQ(stack->depth, first->depth) << round;
    EXPECT_TRUE(std::equal(first->pcs(), first->pcs() + first->depth, stack->pcs())) << round;
  }
}

TEST_F(CapturedTracebacksTest, ReachMainUnderTheDefaultLimitAndKnowTheirDepth) {
  start_tracer();
  allocate_below(100, 0x1000);
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  const StoredTraceback* stack = stack_of(*snapshot.get(), 0x1000);
  ASSERT_NE(stack, nullptr);
  EXPECT_GT(stack->depth, 100u);
  EXPECT_EQ(stack->total_depth, stack->depth);
}

TEST_F(CapturedTracebacksTest, DoNotKnowTheirDepthWhenTheyWereCut) {
  TracerOptions options;
  options.traceback_limit = 20;
  start_tracer(options);
  allocate_below(100, 0x1000);
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  const StoredTraceback* stack = stack_of(*snapshot.get(), 0x1000);
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(stack->depth, 20u);
  EXPECT_EQ(stack->total_depth, 0u);
}

}  // namespace
}  // namespace heapreel::engine::testing
