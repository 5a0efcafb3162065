// Stacks on their way from the hook through the thread's cache and its mirror into a snapshot.
#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "engine/record/traceback_cache.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

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

  static TracebackId traceback_of(const FrozenTraces& traces, const Record& record) {
    return traces.sites->at(record.site).traceback;
  }
  static const StoredTraceback* stack_of(const FrozenTraces& traces, uintptr_t address) {
    const StoredTraceback* found = nullptr;
    traces.for_each_block([&](BlockId, const Record& record) {
      if (record.address == address) found = traces.tracebacks->at(traceback_of(traces, record));
    });
    return found;
  }
  static std::vector<uintptr_t> pcs_of(const FrozenTraces& traces, const StoredTraceback& stack) {
    std::vector<uintptr_t> pcs(stack.depth);
    traces.tracebacks->copy_pcs(stack, pcs.data());
    return pcs;
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
    const uintptr_t first = first_frame.at(record.address);
    const std::vector<uintptr_t> expected = {first, first + 1, 7};
    wrong += stored_pcs(*traces->tracebacks, traceback_of(*traces, record)) == expected ? 0 : 1;
    ++blocks;
  });
  EXPECT_EQ(blocks, 2 * kStacks);
  EXPECT_EQ(wrong, 0u);
}

// Each thread's stacks are like its own last one, whatever another thread did in between.
TEST_F(CapturedTracebacksTest, TakeMemoryOnlyForTheFramesInWhichAThreadsStacksDiffer) {
  start_tracer();
  constexpr uintptr_t kStacks = 60;
  constexpr size_t kDepth = 250;
  WorkerThread other;
  const auto allocate_from = [](uintptr_t thread, uintptr_t last_pc) {
    std::vector<uintptr_t> pcs(kDepth, thread);
    pcs.front() = last_pc;
    alloc((thread * kStacks + last_pc) * 16, 1, pcs);
  };
  allocate_from(1, 0);
  other.run([&] { allocate_from(2, 0); });
  (void)traced_memory();
  const uint64_t before = own_memory().tracebacks;
  for (uintptr_t last_pc = 1; last_pc < kStacks; ++last_pc) {
    allocate_from(1, last_pc);
    (void)traced_memory();  // so that the threads' stacks are stored in turns
    other.run([&] { allocate_from(2, last_pc); });
    (void)traced_memory();
  }
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  EXPECT_EQ(snapshot.get()->traceback_count, 2 + 2 * kStacks);
  EXPECT_LT(own_memory().tracebacks - before, 2 * kStacks * kDepth * sizeof(uintptr_t) / 4);
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
    EXPECT_EQ(pcs_of(*traces, *stack), pcs_of(*traces, *first)) << round;
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
