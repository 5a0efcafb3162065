// Clearing, stopping and starting again: nothing of a closed generation may show in the next, and nothing may leak.
#include "engine/record/generation.h"

#include "engine/consolidate/consolidator.h"
#include "engine/record/recorder_entry.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

using Blocks = std::map<uintptr_t, size_t>;

class GenerationTest : public TracerTest {
 protected:
  // Until no closed generation is left to take back.
  static void wait_for_reaping() {
    const auto give_up = platform::monotonic_ns() + 10'000'000'000;
    // relaxed: looked at again
    while (tracer_state()->generation.load(std::memory_order_relaxed)->previous.load(std::memory_order_relaxed) !=
           nullptr) {
      ASSERT_LT(platform::monotonic_ns(), give_up) << "closed generations are never reaped";
      traced_memory();
    }
    traced_memory();  // served in a later round: the one that reaped is over
  }
  static size_t address_space_left() { return Arena::left(); }
  static size_t accounted() {
    // relaxed: nobody else allocates from the arena now
    return Arena::header()->accounted.load(std::memory_order_relaxed);
  }
};

TEST_F(GenerationTest, ThreadIdleOverSeveralClearsTakesNoIdsOrMapsOfAnOlderGeneration) {
  start_tracer();
  WorkerThread idle;
  idle.run([] { alloc(0x1000, 1); });
  for (int i = 0; i < 3; ++i) {
    clear_traces();
    wait_for_reaping();
    alloc(0x100000, 100);
    idle.run([] { alloc(0x200000, 200); });
    EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x100000, 100}, {0x200000, 200}}));
    free(0x200000);
    EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x100000, 100}}));
    EXPECT_EQ(traced_memory().untracked_frees, 0u);
    // A generation that the worker sleeps through, so that the one it knew is used again for the next.
    clear_traces();
    wait_for_reaping();
    alloc(0x300000, 300);
  }
}

TEST_F(GenerationTest, AStackKnownFromBeforeIsOfItsOwnSiteInTheNextGeneration) {
  start_tracer();
  const std::vector<uintptr_t> known = {7, 8, 9};
  WorkerThread other;
  other.run([&known] { alloc(0x1000, 1, known); });
  traced_memory();
  clear_traces();
  alloc(0x2000, 2, {1, 2, 3});  // the first site of the new generation is another one
  traced_memory();
  other.run([&known] { alloc(0x3000, 3, known); });
  const SnapshotHandle snapshot = take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  std::map<std::vector<uintptr_t>, uint64_t> bytes;
  traces->for_each_site([&](SiteId id, const SiteAggregate& site) {
    bytes[stored_pcs(*traces->tracebacks, traces->sites->at(id).traceback)] += site.live_bytes;
  });
  EXPECT_EQ((bytes[{1, 2, 3}]), 2u);
  EXPECT_EQ(bytes[known], 3u);
}

// What every ring has in common needs no definition, and so nothing else would tell its site from an older one.
TEST_F(GenerationTest, BlocksWithoutAStackAreOfTheirOwnSiteInTheNextGeneration) {
  start_tracer();
  const std::vector<uintptr_t> none;
  const std::vector<uintptr_t> first = {1, 2, 3};
  const std::vector<uintptr_t> second = {4, 5, 6};
  const std::vector<uintptr_t> any = {7};
  const auto degraded_alloc = [&any](uintptr_t p, size_t n) {
    t_recorder->stack_mode = StackMode::kGiveUp;
    alloc(p, n, any);
    t_recorder->stack_mode = StackMode::kWalk;
  };
  WorkerThread other;
  other.run([&] {
    alloc(0x1000, 1, none);
    degraded_alloc(0x2000, 1);
  });
  traced_memory();
  clear_traces();
  alloc(0x3000, 10, first);  // the first sites of the new generation are others
  alloc(0x4000, 20, second);
  traced_memory();
  other.run([&] {
    alloc(0x5000, 3, none);
    degraded_alloc(0x6000, 4);
  });
  const SnapshotHandle snapshot = take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  std::map<TracebackId, uint64_t> bytes;
  traces->for_each_site(
      [&](SiteId id, const SiteAggregate& site) { bytes[traces->sites->at(id).traceback] += site.live_bytes; });
  EXPECT_EQ(bytes[kUnknownTraceback], 3u);
  EXPECT_EQ(bytes[kDegradedTraceback], 4u);
}

TEST_F(GenerationTest, LeaseThatNobodyTookNamesNoIdsOfTheNextGeneration) {
  start_tracer();
  for (uintptr_t i = 1; i <= kBlocksPerPage; ++i) alloc(i * 16, 1);
  for (uintptr_t i = 1; i <= kBlocksPerPage; ++i) free(i * 16);
  traced_memory();
  ASSERT_EQ(tracer_state()->leases->count(), 1u) << "the page is not leased again";
  clear_traces();
  alloc(0x100000, 100);
  WorkerThread other;  // its page is the next fresh one
  other.run([] { alloc(0x200000, 200); });
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x100000, 100}, {0x200000, 200}}));
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(GenerationTest, MapsOfAnOlderGenerationStayWhileAHookIsUnderWay) {
  start_tracer();
  WorkerThread other;
  other.run([] { alloc(0x1000, 1); });
  Recorder* recorder = tracer_state()->rings->at(0);
  ASSERT_NE(recorder, nullptr);
  // As if the thread had lost its core inside a hook. relaxed: nobody else writes it now
  recorder->inside.store(Recorder::kInHook, std::memory_order_relaxed);
  clear_traces();
  // relaxed: looked at again
  Generation* newest = tracer_state()->generation.load(std::memory_order_relaxed);
  const uint64_t until = platform::monotonic_ns() + 50'000'000;  // five times what lies between two attempts
  while (platform::monotonic_ns() < until) {
    traced_memory();
    // relaxed: looked at again
    ASSERT_NE(newest->previous.load(std::memory_order_relaxed), nullptr);
  }
  // relaxed: the consolidator may see it when it likes
  recorder->inside.store(Recorder::kOutside, std::memory_order_relaxed);
  wait_for_reaping();
}

TEST_F(GenerationTest, ClearingAgainAndAgainTakesNoMoreAddressSpaceOrMemory) {
  start_tracer();
  const DomainIndex bytes = register_domain("Bytes", 1);
  const DomainIndex pool = register_domain("Pool", 16);
  const auto fill_and_clear = [&] {
    for (uintptr_t i = 1; i <= 1000; ++i) {
      alloc(i * 16, i);
      alloc(i * 16, i, {4, 5}, pool);
      alloc(i, i, {6}, bytes);
    }
    ASSERT_EQ(traced_memory().live_blocks, 3000u);
    clear_traces();
    wait_for_reaping();
  };
  for (int i = 0; i < 10; ++i) fill_and_clear();
  const size_t space_before = address_space_left();
  const size_t accounted_before = accounted();
  for (int i = 0; i < 50; ++i) fill_and_clear();
  // The queues may still take a block or two.
  constexpr size_t kSlack = 64 << 10;
  EXPECT_LT(space_before, address_space_left() + kSlack);
  EXPECT_LT(accounted(), accounted_before + kSlack);
}

TEST_F(GenerationTest, ThousandClearsWithLiveBlocksAndHeldSnapshotsKeepTracingExactly) {
  start_tracer();
  std::vector<std::pair<SnapshotHandle, uintptr_t>> held;
  for (uintptr_t i = 1; i <= 1000; ++i) {
    alloc(i * 16, i);
    if (i % 10 == 0) held.emplace_back(take_snapshot(), i);
    clear_traces();
  }
  ASSERT_TRUE(is_tracing());
  alloc(0x9000, 9);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x9000, 9}}));
  for (const auto& [snapshot, i] : held) EXPECT_EQ(live_blocks(snapshot), (Blocks{{i * 16, i}}));
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(GenerationTest, ThousandsOfGenerationsHeldBySnapshotsKeepTheirStates) {
  start_tracer();
  constexpr uintptr_t kMany = 3000;
  std::vector<SnapshotHandle> held;
  for (uintptr_t i = 1; i <= kMany; ++i) {
    alloc(i * 16, i);
    held.push_back(take_snapshot());
    if (i % 2 == 0) {
      clear_traces();
    } else {
      stop();
      start_tracer();
    }
    ASSERT_TRUE(is_tracing()) << i;
  }
  for (uintptr_t i = 1; i <= kMany; ++i) ASSERT_EQ(live_blocks(held[i - 1]), (Blocks{{i * 16, i}}));
  const size_t space = Arena::left();
  held.clear();
  for (int i = 0; i < 200; ++i) {
    alloc(0x1000, 1);
    held.push_back(take_snapshot());
    clear_traces();
    if (i % 8 == 0) wait_for_reaping();  // maps come back every 10 ms, which a quick loop outruns
  }
  wait_for_reaping();
  EXPECT_LE(space, Arena::left() + (size_t{256} << 20)) << "what the dropped ones held is not used again";
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(GenerationTest, OneOldSnapshotDoesNotKeepThousandsOfGenerationsFromComing) {
  start_tracer();
  alloc(0x1000, 10);
  const SnapshotHandle first = take_snapshot();
  for (int i = 0; i < 5000; ++i) clear_traces();
  ASSERT_TRUE(is_tracing());
  alloc(0x2000, 20);
  EXPECT_EQ(live_blocks(first), (Blocks{{0x1000, 10}}));
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x2000, 20}}));
}

TEST_F(GenerationTest, ThreadsThatStartAndStopAndHoldSnapshotsAgreeInTheEnd) {
  start_tracer();
  std::vector<std::unique_ptr<WorkerThread>> workers;
  for (uintptr_t w = 0; w < 4; ++w) {
    workers.push_back(std::make_unique<WorkerThread>());
    workers.back()->begin([w] {
      TracerOptions options;
      options.frame_every_ms = 0;
      std::vector<SnapshotHandle> held;
      for (uintptr_t i = 0; i < 500; ++i) {
        const uintptr_t p = (w + 1) << 40 | (i + 1) * 16;
        alloc(p, 1);
        if (SnapshotHandle snapshot = take_snapshot(); i % 5 == 0) held.push_back(snapshot);
        if (i % 3 == w % 3) {
          stop();
        } else if (i % 3 == 1) {
          clear_traces();
        }
        start(options);
        free(p);
      }
    });
  }
  for (auto& worker : workers) worker->wait();
  stop();
  start_tracer();
  alloc(0x1000, 10);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x1000, 10}}));
  EXPECT_EQ(traced_memory().mismatched_frees, 0u);
  EXPECT_TRUE(traced_memory().balanced());
}

// Generations are numbered over the life of the process, tracers come and go.
TEST_F(GenerationTest, TracerMadeAfterThousandsOfGenerationsTraces) {
  start_tracer();
  for (int i = 0; i < 4200; ++i) clear_traces();
  ASSERT_TRUE(is_tracing());
  shut_down_for_test();
  start_tracer();
  alloc(0x1000, 10);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x1000, 10}}));
}

TEST_F(GenerationTest, HooksUnderWayWhileTracesAreClearedLeaveExactSums) {
  start_tracer();
  std::vector<std::unique_ptr<WorkerThread>> workers;
  for (uintptr_t w = 0; w < 3; ++w) {
    workers.push_back(std::make_unique<WorkerThread>());
    workers.back()->begin([w] {
      for (uintptr_t i = 0; i < 40'000; ++i) {
        const uintptr_t p = (w + 1) << 32 | (i % 512 + 1) * 16;
        alloc(p, 1);
        if (i % 4 != 0) free(p);
      }
    });
  }
  for (int i = 0; i < 200; ++i) clear_traces();
  for (auto& worker : workers) worker->wait();
  EXPECT_EQ(traced_memory().mismatched_frees, 0u);
  EXPECT_TRUE(traced_memory().balanced());
  clear_traces();
  EXPECT_EQ(traced_memory().live_blocks, 0u);
  for (auto& worker : workers)
    worker->run([] {
      static std::atomic<uintptr_t> next{1};
      // relaxed: only has to be another for each
      alloc(next.fetch_add(1, std::memory_order_relaxed) << 40, 7);
    });
  EXPECT_EQ(traced_memory().live_bytes, 21u);
}

}  // namespace
}  // namespace heapreel::engine::testing
