// The overload ladder: what happens when nobody drains, when memory is spent, and when threads come and go.
#include <thread>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class OverloadTest : public TracerTest {
 protected:
  static TracerOptions tiny_rings(OverloadPolicy policy) {
    TracerOptions options;
    options.frame_every_ms = 0;
    options.ring_budget = 8 * kSegmentBytes;
    options.overload = policy;
    options.block_deadline_ms = 5000;
    return options;
  }
  // A consolidator that hangs in the middle of a round: lent time gets nowhere either.
  struct HangingConsolidator {
    HangingConsolidator() { EXPECT_TRUE(tracer_state()->consolidator->lock().lock_within(1'000'000'000)); }
    ~HangingConsolidator() { tracer_state()->consolidator->lock().unlock(); }
  };
  static const Totals& totals_after_a_round() {
    tracer_state()->consolidator->run_round();
    return tracer_state()->consolidator->totals();
  }
  // [state.ended] acquire
  static EndReason ended() { return tracer_state()->ended.load(std::memory_order_acquire); }

  // The i-th block, of i bytes: what is live tells which were recorded.
  static void alloc_nth(uintptr_t i) { alloc(i * 16, i, {1 + i % 3000, 2, 3}); }
  static uint64_t bytes_of_first(uint64_t n) { return n * (n + 1) / 2; }
};

// This happens when `heapreel run` was killed: the program makes requests, and nobody serves them.
TEST_F(OverloadTest, RequestsThatNobodyServesEndTracingBeforeTheyTakeAllMemory) {
  TracerOptions options = tiny_rings(OverloadPolicy::kStop);
  options.block_deadline_ms = 10;
  start_without_consolidator(options);
  for (uint64_t i = 0; i < kMostRequests; ++i) game_frame();
  ASSERT_EQ(ended(), EndReason::kNotEnded);
  // relaxed: a statistic
  const size_t accounted = Arena::header()->accounted.load(std::memory_order_relaxed);
  game_frame();
  EXPECT_EQ(ended(), EndReason::kOverload);
  EXPECT_FALSE(is_tracing());
  EXPECT_FALSE(take_snapshot());
  EXPECT_LT(accounted, size_t{128} << 20);
  // relaxed: as above
  EXPECT_GE(tracer_state()->unrecorded.load(std::memory_order_relaxed), 1u);
}

// This happens when a debugger stops a thread that takes a cut, or when a signal handler jumps out of it.
TEST_F(OverloadTest, CutThatAThreadNeverFinishesEndsTracingForTheOthers) {
  TracerOptions options = tiny_rings(OverloadPolicy::kStop);
  options.block_deadline_ms = 10;
  start_without_consolidator(options);
  alloc(0x1000, 1);
  ASSERT_TRUE(tracer_state()->cut_lock.try_lock());
  game_frame();
  EXPECT_EQ(ended(), EndReason::kStuck);
  EXPECT_FALSE(is_tracing());
  EXPECT_EQ(totals_after_a_round().live_blocks, 1u);
  tracer_state()->cut_lock.unlock();
}

TEST_F(OverloadTest, WhoeverWaitedForALifelessConsolidatorInVainIsAnsweredAtOnceNextTime) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  alloc(0x1000, 1);
  tracer_state()->consolidator->run_round();
  alloc(0x2000, 1);
  EXPECT_EQ(traced_memory().live_blocks, 1u) << "as of the last round";
  const uint64_t before = platform::monotonic_ns();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(traced_memory().live_blocks, 1u);
  EXPECT_LT(platform::monotonic_ns() - before, kNoSignOfLifeNs);
  tracer_state()->consolidator->run_round();
  EXPECT_EQ(traced_memory_estimate().live_blocks, 2u);
}

TEST_F(OverloadTest, AboveTheHighWaterMarkStacksAreGivenUpAndCountedNothingElse) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  uintptr_t n = 0;
  {
    const HangingConsolidator hanging;
    while (tracer_state()->segments->left() > 0) alloc_nth(++n);
  }
  const Totals totals = totals_after_a_round();
  EXPECT_TRUE(is_tracing());
  EXPECT_GT(totals.degraded, 0u);
  EXPECT_EQ(totals.issued, n);
  EXPECT_TRUE(totals.balanced());
  EXPECT_EQ(totals.live_bytes, bytes_of_first(n));

  SnapshotHandle snapshot = take_snapshot();
  tracer_state()->consolidator->run_round();
  uint64_t at_degraded_site = 0;
  snapshot.get()->for_each_site([&](SiteId id, const SiteAggregate& site) {
    if (snapshot.get()->sites->at(id).traceback == kDegradedTraceback) at_degraded_site += site.allocs;
  });
  EXPECT_EQ(at_degraded_site, totals.degraded);
}

TEST_F(OverloadTest, StacksComeBackWhenTheOverloadIsOver) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  uintptr_t n = 0;
  {
    const HangingConsolidator hanging;
    while (tracer_state()->segments->left() > 0) alloc_nth(++n);
  }
  const uint64_t degraded = totals_after_a_round().degraded;
  for (int i = 0; i < 5000; ++i) alloc_nth(++n);  // into the next segment, where the choice is made anew
  const uint64_t soon_after = totals_after_a_round().degraded;
  for (int i = 0; i < 1000; ++i) alloc_nth(++n);
  EXPECT_LT(soon_after - degraded, 5000u);
  EXPECT_EQ(totals_after_a_round().degraded, soon_after);
}

TEST_F(OverloadTest, StopPolicyEndsTracingAndKeepsExactlyWhatWasBefore) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  uintptr_t n = 0;
  {
    const HangingConsolidator hanging;
    while (is_tracing()) alloc_nth(++n);
  }
  EXPECT_EQ(ended(), EndReason::kOverload);
  const Totals totals = totals_after_a_round();
  EXPECT_TRUE(totals.balanced());
  // The last one found no room; all before it are there.
  EXPECT_EQ(totals.live_blocks, n - 1);
  EXPECT_EQ(totals.live_bytes, bytes_of_first(n - 1));
}

TEST_F(OverloadTest, TracerThatEndedStartsAgainEmptyAndExact) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  {
    const HangingConsolidator hanging;
    for (uintptr_t n = 1; is_tracing(); ++n) alloc_nth(n);
  }
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  alloc(0x1000, 10);
  const Totals totals = totals_after_a_round();
  EXPECT_EQ(ended(), EndReason::kNotEnded);
  EXPECT_EQ(totals.live_blocks, 1u);
  EXPECT_EQ(totals.live_bytes, 10u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(OverloadTest, ProducerWithoutRoomLendsItsTimeAndGoesOn) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  constexpr uintptr_t kMany = 200'000;
  for (uintptr_t n = 1; n <= kMany; ++n) alloc_nth(n);
  EXPECT_TRUE(is_tracing());
  EXPECT_EQ(totals_after_a_round().live_bytes, bytes_of_first(kMany));
}

TEST_F(OverloadTest, BlockPolicyWaitsForRoomAndLosesNothing) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kBlock));
  constexpr uintptr_t kMany = 100'000;
  WorkerThread producer;
  {
    const HangingConsolidator hanging;
    producer.begin([] {
      for (uintptr_t n = 1; n <= kMany; ++n) alloc_nth(n);
    });
    while (tracer_state()->segments->left() > 0) std::this_thread::yield();
  }
  std::atomic<bool> done{false};
  std::thread rounds([&] {
    // relaxed: a flag
    while (!done.load(std::memory_order_relaxed)) tracer_state()->consolidator->run_round();
  });
  producer.wait();
  // relaxed: a flag
  done.store(true, std::memory_order_relaxed);
  rounds.join();
  EXPECT_TRUE(is_tracing());
  const Totals totals = totals_after_a_round();
  EXPECT_EQ(totals.live_bytes, bytes_of_first(kMany));
  EXPECT_TRUE(totals.balanced());
}

TEST_F(OverloadTest, BlockPolicyEndsTracingWhenItsDeadlinePasses) {
  TracerOptions options = tiny_rings(OverloadPolicy::kBlock);
  options.block_deadline_ms = 50;
  start_without_consolidator(options);
  uintptr_t n = 0;
  const uint64_t begun = platform::monotonic_ns();
  {
    const HangingConsolidator hanging;
    while (is_tracing()) alloc_nth(++n);
  }
  EXPECT_EQ(ended(), EndReason::kOverload);
  EXPECT_GE(platform::monotonic_ns() - begun, 50'000'000u);
  const Totals totals = totals_after_a_round();
  EXPECT_EQ(totals.live_bytes, bytes_of_first(n - 1));
  EXPECT_TRUE(totals.balanced());
}

TEST_F(OverloadTest, MemoryBudgetEndsTracingNotFarAboveIt) {
  TracerOptions options;
  options.memory_budget = 96ull << 20;
  options.overload = OverloadPolicy::kBlock;  // the consolidator may lose its core for a while
  options.block_deadline_ms = 60'000;
  start_tracer(options);
  for (uintptr_t n = 1; n <= 20'000'000 && is_tracing(); ++n) alloc(n * 16, 1, {n % 100});
  EXPECT_FALSE(is_tracing());
  EXPECT_EQ(ended(), EndReason::kMemory);
  // What is in the rings when it ends is still applied: events of 2 words become records of 4.
  // relaxed: a statistic
  EXPECT_LT(Arena::header()->accounted.load(std::memory_order_relaxed),
            options.memory_budget + 3 * options.ring_budget);
}

TEST_F(OverloadTest, SnapshotAfterTracingEndedHoldsTheLastExactStateAndSaysSo) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  uintptr_t n = 0;
  {
    const HangingConsolidator hanging;
    while (is_tracing()) alloc_nth(++n);
  }
  alloc_nth(n + 1);
  EXPECT_TRUE(keeps_traces());
  const SnapshotHandle snapshot = take_snapshot();
  const SnapshotHandle again = take_snapshot();
  tracer_state()->consolidator->run_round();
  ASSERT_NE(snapshot.get(), nullptr);
  const FrozenTraces& traces = *snapshot.get();
  EXPECT_EQ(traces.ended, EndReason::kOverload);
  EXPECT_FALSE(traces.complete());
  EXPECT_EQ(traces.unrecorded, 1u);  // the one that found no room
  EXPECT_TRUE(traces.totals.balanced());
  EXPECT_EQ(traces.totals.issued, traces.totals.stored + traces.totals.degraded);
  EXPECT_EQ(live_blocks(snapshot).size(), n - 1);
  EXPECT_EQ(live_blocks(again), live_blocks(snapshot));

  stop();
  EXPECT_FALSE(keeps_traces());
  EXPECT_FALSE(take_snapshot());
  EXPECT_EQ(live_blocks(snapshot).size(), n - 1);
}

TEST_F(OverloadTest, SnapshotAfterTheMemoryBudgetIsSpentHoldsEverythingThatWasCounted) {
  TracerOptions options;
  options.memory_budget = 64ull << 20;
  options.overload = OverloadPolicy::kBlock;  // the consolidator may lose its core for a while
  options.block_deadline_ms = 60'000;
  start_tracer(options);
  uintptr_t n = 0;
  for (; n < 20'000'000 && is_tracing(); ++n) alloc((n + 1) * 16, 1, {n % 100});
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  const FrozenTraces& traces = *snapshot.get();
  EXPECT_EQ(traces.ended, EndReason::kMemory);
  EXPECT_FALSE(traces.complete());
  EXPECT_TRUE(traces.totals.balanced());
  EXPECT_EQ(live_blocks(snapshot).size(), traces.totals.live_blocks);
  EXPECT_EQ(traced_memory().live_blocks, traces.totals.live_blocks);
  // Every event up to the end, in its order.
  const auto blocks = live_blocks(snapshot);
  EXPECT_EQ(blocks.rbegin()->first, blocks.size() * 16);
  EXPECT_GE(n, blocks.size());
}

TEST_F(OverloadTest, SpentAddressSpaceEndsTracingBeforeTheStoreRefusesAnything) {
  start_tracer();
  alloc(0x1000, 10);
  while (Arena::left() > tracer_state()->arena_reserve()) ASSERT_NE(Arena::reserve(Arena::left() / 2), nullptr);
  while (is_tracing()) std::this_thread::yield();
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  EXPECT_EQ(snapshot.get()->ended, EndReason::kMemory);
  EXPECT_TRUE(snapshot.get()->totals.balanced());
  EXPECT_EQ(live_blocks(snapshot), (std::map<uintptr_t, size_t>{{0x1000, 10}}));
  stop();
  EXPECT_FALSE(start({}));
  EXPECT_FALSE(is_tracing());
  EXPECT_FALSE(keeps_traces());
  EXPECT_EQ(live_blocks(snapshot), (std::map<uintptr_t, size_t>{{0x1000, 10}}));
}

TEST_F(OverloadTest, PendingSnapshotDoesNotKeepAProducerFromLendingItsTime) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  uintptr_t n = 0;
  while (tracer_state()->segments->left() > 0) alloc_nth(++n);
  const SnapshotHandle pending = take_snapshot();  // nobody serves it: the consolidator sleeps
  alloc_nth(++n);
  tracer_state()->consolidator->lend_round();
  EXPECT_GT(tracer_state()->segments->left(), 0u);
  const SnapshotHandle second = take_snapshot();
  tracer_state()->consolidator->run_round();
  EXPECT_TRUE(is_tracing());
  EXPECT_EQ(pending.get()->totals.live_blocks, n - 1);
  EXPECT_EQ(second.get()->totals.live_blocks, n);
}

// A thread's first event that finds no room announces nothing; what it would have said is said when tracing goes on.
TEST_F(OverloadTest, ThreadWhoseFirstEventFoundNoRoomIsKnownLater) {
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  WorkerThread late;
  late.run([] { alloc(0x1000, 10); });
  Recorder* recorder = tracer_state()->rings->at(tracer_state()->rings->count() - 1);
  {
    const HangingConsolidator hanging;
    uintptr_t n = 0;
    while (tracer_state()->segments->left() > 0) alloc_nth(++n);
    // Its segment is full, and another thread has its recorder now.
    late.run([recorder] {
      for (uintptr_t i = 1; recorder->ring.prepare(8) != nullptr; ++i) alloc(i * 16, 1);
      for (uintptr_t i = 1; recorder->ring.prepare(3) != nullptr; ++i) free(i * 16);
    });
    ASSERT_TRUE(is_tracing());
    recorder->tag = 0;
    recorder->announced = false;
    recorder->thread_index = tracer_state()->threads->add("late", 0);
    late.run([] {
      set_scope(register_scope("Late"));
      alloc(0x1000, 10);
    });
    ASSERT_EQ(ended(), EndReason::kOverload);
  }
  // relaxed: read where nobody writes
  EXPECT_GT(tracer_state()->unrecorded.load(std::memory_order_relaxed), 0u);
  start_without_consolidator(tiny_rings(OverloadPolicy::kStop));
  late.run([] { alloc(0x1000, 10); });
  const SnapshotHandle snapshot = take_snapshot();
  tracer_state()->consolidator->run_round();
  uint64_t seen = 0;
  snapshot.get()->for_each_block([&](BlockId, const Record& record) {
    ++seen;
    EXPECT_STREQ(tracer_state()->threads->at(record.thread)->text, "late");
    EXPECT_STREQ(tracer_state()->scopes->at(snapshot.get()->sites->at(record.site).scope)->text, "Late");
  });
  EXPECT_EQ(seen, 1u);
}

TEST_F(OverloadTest, ThousandShortThreadsShareFewRecordersAndLoseNothing) {
  start_tracer();
  constexpr uintptr_t kThreads = 1000;
  for (uintptr_t t = 0; t < kThreads; t += 4) {
    std::vector<std::thread> threads;
    for (uintptr_t i = t; i < t + 4; ++i) {
      threads.emplace_back([i] {
        for (uintptr_t k = 1; k <= 20; ++k) alloc((i << 20) + k * 16, k);
        for (uintptr_t k = 1; k <= 10; ++k) free((i << 20) + k * 16);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, kThreads * 10);
  EXPECT_TRUE(totals.balanced());
  EXPECT_LT(tracer_state()->rings->count(), 32u);
  // Each block names the thread that made it.
  const SnapshotHandle snapshot = take_snapshot();
  std::map<uint32_t, uint64_t> blocks_of_thread;
  snapshot.get()->for_each_block([&](BlockId, const Record& record) { ++blocks_of_thread[record.thread]; });
  EXPECT_EQ(blocks_of_thread.size(), kThreads);
  for (const auto& [thread, blocks] : blocks_of_thread) EXPECT_EQ(blocks, 10u);
}

}  // namespace
}  // namespace heapreel::engine::testing
