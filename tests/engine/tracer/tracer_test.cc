#include "engine/tracer/tracer.h"

#include <thread>

#include "engine/tracer/attachment.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

using Blocks = std::map<uintptr_t, size_t>;

TEST_F(TracerTest, SnapshotHoldsWhatWasAllocatedAndNotWhatWasFreed) {
  start_tracer();
  alloc(0x1000, 10);
  alloc(0x2000, 20);
  free(0x1000);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x2000, 20}}));
}

TEST_F(TracerTest, SnapshotDoesNotSeeWhatHappensAfterIt) {
  start_tracer();
  alloc(0x1000, 10);
  const SnapshotHandle before = take_snapshot();
  free(0x1000);
  alloc(0x2000, 20);
  const SnapshotHandle after = take_snapshot();
  EXPECT_EQ(live_blocks(before), (Blocks{{0x1000, 10}}));
  EXPECT_EQ(live_blocks(after), (Blocks{{0x2000, 20}}));
}

TEST_F(TracerTest, SumsAreExactAtTheCallersCut) {
  start_tracer();
  for (uintptr_t i = 1; i <= 100'000; ++i) alloc(i * 16, i);
  for (uintptr_t i = 1; i <= 50'000; ++i) free(i * 16);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.allocs, 100'000u);
  EXPECT_EQ(totals.frees, 50'000u);
  EXPECT_EQ(totals.live_bytes, 100'000ull * 100'001 / 2 - 50'000ull * 50'001 / 2);
  EXPECT_EQ(totals.peak_bytes, 100'000ull * 100'001 / 2);
  EXPECT_EQ(totals.peak_ceiling, totals.peak_bytes);
  EXPECT_EQ(totals.issued, 150'000u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(TracerTest, MoveIsOneBlockBeforeAndOneAfter) {
  start_tracer();
  alloc(0x1000, 4ull << 30);
  move(0x1000, 0x2000, 7ull << 30);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 1u);
  EXPECT_EQ(totals.live_bytes, 7ull << 30);
  EXPECT_EQ(totals.peak_bytes, 7ull << 30);
  EXPECT_EQ(totals.reallocs, 1u);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x2000, 7ull << 30}}));
}

TEST_F(TracerTest, BlocksFromBeforeClearAreForgottenAndNeverNameNewOnes) {
  start_tracer();
  for (uintptr_t i = 1; i <= 1000; ++i) alloc(i * 16, 1);
  clear_traces();
  EXPECT_EQ(traced_memory().live_blocks, 0u);
  for (uintptr_t i = 1001; i <= 2000; ++i) alloc(i * 16, 1);
  for (uintptr_t i = 1; i <= 1000; ++i) free(i * 16);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 1000u);
  EXPECT_EQ(totals.frees, 0u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(TracerTest, ReallocOfAForgottenBlockMakesItKnownAgain) {
  start_tracer();
  alloc(0x1000, 10);
  clear_traces();
  move(0x1000, 0x1000, 50);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x1000, 50}}));
}

TEST_F(TracerTest, StoppedTracerForgetsAllAndKeepsOlderSnapshots) {
  start_tracer();
  alloc(0x1000, 10);
  const SnapshotHandle before = take_snapshot();
  stop();
  EXPECT_FALSE(is_tracing());
  EXPECT_FALSE(take_snapshot());
  EXPECT_EQ(traced_memory().live_bytes, 0u);
  alloc(0x2000, 20);
  start_tracer();
  free(0x1000);
  alloc(0x3000, 30);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x3000, 30}}));
  EXPECT_EQ(live_blocks(before), (Blocks{{0x1000, 10}}));
}

TEST_F(TracerTest, ResetPeakSetsItToTheCurrentSum) {
  start_tracer();
  alloc(0x1000, 100);
  free(0x1000);
  alloc(0x2000, 10);
  reset_peak();
  EXPECT_EQ(traced_memory().peak_bytes, 10u);
}

TEST_F(TracerTest, PeakAfterResetIsTheCurrentSumUntilMoreIsLive) {
  start_tracer();
  alloc(0x1000, 100);
  alloc(0x2000, 50);
  free(0x1000);
  EXPECT_EQ(traced_memory().peak_bytes, 150u);
  reset_peak();
  EXPECT_EQ(traced_memory().live_bytes, 50u);
  EXPECT_EQ(traced_memory().peak_bytes, 50u);
  EXPECT_EQ(traced_memory().peak_ceiling, 50u);
  free(0x2000);
  EXPECT_EQ(traced_memory().peak_bytes, 50u);
  alloc(0x3000, 60);
  EXPECT_EQ(traced_memory().peak_bytes, 60u);
  clear_traces();
  EXPECT_EQ(traced_memory().peak_bytes, 0u);
}

TEST_F(TracerTest, PeakOfSeveralThreadsLiesBetweenItsBounds) {
  start_tracer();
  constexpr uintptr_t kBytes = 1000;
  std::vector<std::thread> threads;
  for (uintptr_t t = 1; t <= 3; ++t) {
    threads.emplace_back([t] {
      for (uintptr_t i = 0; i < 20'000; ++i) {
        alloc(t << 32, kBytes);
        free(t << 32);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_bytes, 0u);
  EXPECT_LE(totals.peak_bytes, totals.peak_ceiling);
  EXPECT_LE(totals.peak_bytes, 3 * kBytes);
  EXPECT_GE(totals.peak_ceiling, kBytes);
}

TEST_F(TracerTest, EstimateIsTheStateOfTheLastRoundAndDoesNotWait) {
  start_tracer();
  EXPECT_EQ(traced_memory_estimate().live_bytes, 0u);
  alloc(0x1000, 100);
  traced_memory();
  EXPECT_EQ(traced_memory_estimate().live_bytes, 100u);
  stop();
  EXPECT_EQ(traced_memory_estimate().live_bytes, 0u);
}

TEST_F(TracerTest, TracebackLimitOutOfRangeStartsNothing) {
  for (const int32_t limit : {0, -1, TracerOptions::kMaxTracebackLimit + 1}) {
    TracerOptions options;
    options.traceback_limit = limit;
    EXPECT_FALSE(start(options)) << limit;
    EXPECT_FALSE(is_tracing());
  }
  start_tracer();
  TracerOptions options;
  options.traceback_limit = 0;
  EXPECT_FALSE(start(options));
  EXPECT_TRUE(is_tracing());
  EXPECT_EQ(traceback_limit(), TracerOptions().traceback_limit);
}

TEST_F(TracerTest, DomainThatIsNoneIsNotRecordedButCounted) {
  start_tracer();
  alloc(0x1000, 10);
  for (const DomainIndex none : {kMaxDomains, kMaxDomains + 77, UINT32_MAX}) {
    alloc(0x2000, 20, {1}, none);
    free(0x2000, none);
    record_arena_reset(none, address(0), SIZE_MAX);
    const ReallocTicket ticket = record_realloc_begin(none, address(0x2000));
    record_realloc_end(none, ticket, address(0x2000), address(0x3000), 30, HEAPREEL_WALK_START());
  }
  const SnapshotHandle snapshot = take_snapshot();
  EXPECT_EQ(live_blocks(snapshot), (Blocks{{0x1000, 10}}));
  EXPECT_TRUE(is_tracing());
  EXPECT_TRUE(snapshot.get()->totals.balanced());
  EXPECT_EQ(snapshot.get()->unrecorded, 9u);
  EXPECT_FALSE(snapshot.get()->complete());
  EXPECT_EQ(tracer_state()->rings->count(), 1u);
}

TEST_F(TracerTest, ArenaResetOfAnyRangeEndsWhatLiesInItOnly) {
  start_tracer();
  const DomainIndex arena = register_domain("Arena", 16);
  alloc(0x10000, 1, {1}, arena);
  alloc(0x7fff'ffff'fff0, 2, {1}, arena);
  record_arena_reset(arena, address(0x10010), 0);
  record_arena_reset(arena, address(UINTPTR_MAX), SIZE_MAX);
  record_arena_reset(arena, address(0x10010), 0x7fff'0000'0000);
  EXPECT_EQ(traced_memory().live_blocks, 2u);
  record_arena_reset(arena, address(0x10001), SIZE_MAX);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x10000, 1}}));
}

TEST_F(TracerTest, AnAddressThatComesAgainClosesTheBlockWhoseFreeWasNeverSeen) {
  start_tracer();
  alloc(0x1000, 10);
  alloc(0x1000, 20);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 1u);
  EXPECT_EQ(totals.live_bytes, 20u);
  EXPECT_EQ(totals.inferred_frees, 1u);
}

// The first free behind a cut takes the general path.
TEST_F(TracerTest, AnAddressIsAsNewAfterAFreeInTheNextGameFrame) {
  start_tracer();
  alloc(0x1000, 10);
  game_frame();
  free(0x1000);
  free(0x1000);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 0u);
  EXPECT_EQ(totals.frees, 1u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_EQ(totals.untracked_frees, 1u);
}

TEST_F(TracerTest, AnAddressIsAsNewAfterItsFree) {
  start_tracer();
  alloc(0x1000, 10);
  free(0x1000);
  alloc(0x1000, 20);
  free(0x1000);
  free(0x1000);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 0u);
  EXPECT_EQ(totals.frees, 2u);
  EXPECT_EQ(totals.inferred_frees, 0u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_EQ(totals.untracked_frees, 1u);
}

// Two threads that free one block at once leave such an entry.
TEST_F(TracerTest, AnEntryThatNamesTheBlockOfAnotherAddressEndsNoBlock) {
  start_tracer();
  alloc(0x1000, 10);
  // relaxed: nobody else is at it
  const BlockMap* map = tracer_state()->generation.load(std::memory_order_relaxed)->map(0);
  // relaxed: as above
  map->find(0x2000)->store(map->find(0x1000)->load(std::memory_order_relaxed), std::memory_order_relaxed);
  free(0x2000);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.mismatched_frees, 1u);
  EXPECT_EQ(totals.live_bytes, 10u);
  EXPECT_TRUE(totals.balanced());
  free(0x1000);
  EXPECT_EQ(traced_memory().live_bytes, 0u);
}

TEST_F(TracerTest, FailedReallocChangesNothing) {
  start_tracer();
  alloc(0x1000, 10);
  const ReallocTicket ticket = record_realloc_begin(0, address(0x1000));
  record_realloc_end(0, ticket, address(0x1000), nullptr, 100, WalkStart{});
  free(0x1000);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.allocs, 1u);
  EXPECT_EQ(totals.frees, 1u);
}

TEST_F(TracerTest, ArenaResetEndsEveryBlockInItsRangeAndNoOther) {
  start_tracer();
  const DomainIndex arena = register_domain("FrameArena", 16);
  for (uintptr_t i = 0; i < 100; ++i) alloc(0x10000 + i * 16, 16, {1}, arena);
  alloc(0x10000, 5, {1}, 0);
  record_arena_reset(arena, address(0x10000 + 16 * 10), 16 * 80);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.frees, 80u);
  EXPECT_EQ(totals.live_blocks, 21u);
}

TEST_F(TracerTest, DomainsOfByteAlignmentKeepNeighboursApart) {
  start_tracer();
  const DomainIndex bytes = register_domain("Bytes", 1);
  for (uintptr_t i = 0; i < 1000; ++i) alloc(0x5000 + i, i, {1}, bytes);
  for (uintptr_t i = 0; i < 1000; i += 2) free(0x5000 + i, bytes);
  EXPECT_EQ(traced_memory().live_blocks, 500u);
  record_arena_reset(bytes, address(0x5000), 1000);
  EXPECT_EQ(traced_memory().live_blocks, 0u);
}

TEST_F(TracerTest, TracebacksAreInternedAndKeepTheMostRecentFrames) {
  TracerOptions options;
  options.traceback_limit = 2;
  start_tracer(options);
  alloc(0x1000, 1, {11, 12, 13});
  alloc(0x2000, 1, {11, 12, 13});
  alloc(0x3000, 1, {21});
  const SnapshotHandle snapshot = take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  std::map<std::vector<uintptr_t>, uint64_t> by_stack;
  traces->for_each_site([&](SiteId id, const SiteAggregate& site) {
    by_stack[stored_pcs(*traces->tracebacks, traces->sites->at(id).traceback)] += site.live_blocks;
  });
  EXPECT_EQ(by_stack, (std::map<std::vector<uintptr_t>, uint64_t>{{{11, 12}, 2}, {{21}, 1}}));
}

// Another build of heapreel may have made the arena: an old preloaded library under a new command.
TEST_F(TracerTest, IsRefusedToAnotherVersion) {
  ASSERT_TRUE(start(TracerOptions{}));  // without a thread, which the words told wrongly would be read by
  TracerState* state = tracer_state();
  ASSERT_EQ(attach(-1).state, state);
  for (const uint64_t* told : {&state->version, &state->layout}) {
    auto* word = const_cast<volatile uint64_t*>(told);
    *word = *word - 1;
    EXPECT_EQ(attach(-1).state, nullptr);
    EXPECT_TRUE(attach(-1).is_of_another_version);
    *word = *word + 1;
  }
  EXPECT_EQ(attach(-1).state, state);
  EXPECT_FALSE(attach(-1).is_of_another_version);
}

}  // namespace
}  // namespace heapreel::engine::testing
