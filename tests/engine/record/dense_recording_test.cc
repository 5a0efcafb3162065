// Recording over an allocator that keeps blocks of one size together: what the tracer says lives, lives.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

#include "engine/record/dense_map.h"
#include "tests/engine/record/sliced_allocator.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

using Blocks = std::map<uintptr_t, size_t>;
constexpr uintptr_t kForeign = uintptr_t{0x55} << 40;  // none of the allocator's

class DenseRecordingTest : public TracerTest {
 protected:
  void SetUp() override { ASSERT_TRUE(SlicedAllocator::describe()); }

  uintptr_t born(size_t n, size_t alignment = 16, uint32_t late = 0) {
    const uintptr_t p = allocator_.allocate(n, alignment, late);
    EXPECT_NE(p, 0u);
    if (alignment > 16) expect_aligned_block(address(p));
    alloc(p, n);
    return p;
  }
  void die(uintptr_t p) {
    free(p);
    allocator_.free(p);
  }
  static void expect_exact(const Totals& totals) {
    EXPECT_TRUE(totals.balanced());
    EXPECT_EQ(totals.mismatched_frees, 0u);
    EXPECT_EQ(totals.inferred_frees, 0u);
    EXPECT_EQ(totals.untracked_frees, 0u);
  }

  static constexpr size_t kSlicesInUse = 64;

  SlicedAllocator allocator_;
};

TEST_F(DenseRecordingTest, BlocksOfEverySizeLiveAndDie) {
  start_tracer();
  Blocks model;
  for (const size_t size : SlicedAllocator::kSizes) {
    for (int i = 0; i < 20; ++i) model[born(size - (size > 16 ? 7 : 0))] = size - (size > 16 ? 7 : 0);
  }
  EXPECT_EQ(live_blocks(take_snapshot()), model);
  for (const auto& [p, size] : model) die(p);
  EXPECT_TRUE(live_blocks(take_snapshot()).empty());
  expect_exact(traced_memory());
}

TEST_F(DenseRecordingTest, SliceOfAnotherSizeThanBeforeNamesNoOlderBlock) {
  start_tracer();
  for (int round = 0; round < 3; ++round) {
    for (const size_t size : SlicedAllocator::kSizes) {
      SlicedAllocator fresh;  // hands out the same addresses every time
      std::vector<uintptr_t> blocks;
      for (int i = 0; i < 50; ++i) {
        blocks.push_back(fresh.allocate(size, 16, static_cast<uint32_t>(round)));
        alloc(blocks.back(), size);
      }
      EXPECT_EQ(traced_memory().live_blocks, 50u);
      for (const uintptr_t p : blocks) free(p);
    }
  }
  expect_exact(traced_memory());
  EXPECT_EQ(traced_memory().live_blocks, 0u);
}

TEST_F(DenseRecordingTest, AlignedBlocksBesideOthersOfTheirSizeAreToldApart) {
  start_tracer();
  Blocks model;
  std::mt19937_64 random(2);
  for (int i = 0; i < 3'000; ++i) {
    const size_t alignment = random() % 3 == 0 ? size_t{32} << random() % 4 : 16;
    const size_t n = 1 + random() % 600;
    model[born(n, alignment, 3)] = n;
    if (i % 2 == 0) continue;
    auto victim = model.lower_bound(SlicedAllocator::kBase + random() % (kSlicesInUse * SlicedAllocator::kSlice));
    if (victim == model.end()) victim = model.begin();
    die(victim->first);
    model.erase(victim);
  }
  EXPECT_EQ(live_blocks(take_snapshot()), model);
  for (const auto& [p, n] : model) die(p);
  expect_exact(traced_memory());
}

// Its slice still has the layout of smaller blocks that are gone, and by that layout it begins where one of them would.
TEST_F(DenseRecordingTest, AlignedBlockInASliceOfSmallerOnesThatAreGoneKeepsItsPlace) {
  start_tracer();
  die(born(48));
  SlicedAllocator again;  // hands out the same slice
  const uintptr_t aligned = again.allocate(48, 64);
  expect_aligned_block(address(aligned));
  alloc(aligned, 48);
  const uintptr_t beside = again.allocate(112);
  alloc(beside, 112);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{aligned, 48}, {beside, 112}}));
  expect_exact(traced_memory());
}

// Such a block does not begin where the allocator's block does.
TEST_F(DenseRecordingTest, AlignedBlocksEndWithTheRangeThatTheyLieIn) {
  start_tracer();
  for (int i = 0; i < 200; ++i) born(static_cast<size_t>(40 + i), i % 2 == 0 ? 64 : 16, 3);
  EXPECT_EQ(traced_memory().live_blocks, 200u);
  record_arena_reset(0, address(SlicedAllocator::kBase), kSlicesInUse * SlicedAllocator::kSlice);
  EXPECT_EQ(traced_memory().live_blocks, 0u);
  expect_exact(traced_memory());
}

TEST_F(DenseRecordingTest, AlignedBlocksWhoseFreesWereNeverSeenAreInferred) {
  start_tracer();
  for (int i = 0; i < 20; ++i) born(150, 64, 3);
  SlicedAllocator again;  // hands out the same slice
  for (int i = 0; i < 20; ++i) alloc(again.allocate(600), 600);
  const Totals totals = traced_memory();
  EXPECT_GT(totals.inferred_frees, 0u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_EQ(totals.live_blocks, 40 - totals.inferred_frees);
}

TEST_F(DenseRecordingTest, BlockThatStaysWhereItIsWhenItsSizeChangesIsFound) {
  start_tracer();
  const uintptr_t p = born(600);
  move(p, p, 400);
  const uintptr_t aligned = born(300, 64);
  move(aligned, aligned, 200);
  const uintptr_t large = kForeign + (uintptr_t{1} << 32);
  alloc(large, 100'000);
  move(large, large, 60'000);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{p, 400}, {aligned, 200}, {large, 60'000}}));
  move(large, large, 100'000);
  free(large);
  die(p);
  die(aligned);
  EXPECT_EQ(traced_memory().live_blocks, 0u);
  expect_exact(traced_memory());
}

TEST_F(DenseRecordingTest, BlocksThatTheAllocatorDoesNotKnowAreRecordedToo) {
  start_tracer();
  alloc(kForeign, 24);
  alloc(kForeign + 32, 70'000);
  alloc(kForeign + (70'000 / 16 + 3) * 16, 9);
  EXPECT_EQ(traced_memory().live_blocks, 3u);
  free(kForeign);
  free(kForeign + 32);
  free(kForeign + (70'000 / 16 + 3) * 16);
  free(kForeign + 16);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 0u);
  EXPECT_EQ(totals.untracked_frees, 1u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
}

TEST_F(DenseRecordingTest, FreeThatTheHooksNeverSawIsCountedWhenItsSliceIsLaidOutAnew) {
  start_tracer();
  const uintptr_t gone = born(640);
  allocator_.free(gone);
  SlicedAllocator again;
  const uintptr_t p = again.allocate(80, 16);
  ASSERT_EQ(p / SlicedAllocator::kSlice, gone / SlicedAllocator::kSlice);
  alloc(p, 80);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{p, 80}}));
  EXPECT_EQ(traced_memory().inferred_frees, 1u);
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(DenseRecordingTest, FreeOfALargeBlockThatTheHooksNeverSawIsCountedWhenItsAddressComesBack) {
  start_tracer();
  alloc(kForeign, 100'000);
  alloc(kForeign, 200'000);
  EXPECT_EQ(traced_memory().inferred_frees, 1u);
  alloc(kForeign, 32);
  EXPECT_EQ(traced_memory().inferred_frees, 2u);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{kForeign, 32}}));
}

TEST_F(DenseRecordingTest, LargeBlockWhoseFreeWasNeverSeenIsClosedWhenSmallOnesComeToItsPlace) {
  start_tracer();
  alloc(SlicedAllocator::kBase, 100'000);  // before the map has slices there
  const uintptr_t first = born(640);
  const uintptr_t second = born(640);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{first, 640}, {second, 640}}));
  EXPECT_EQ(traced_memory().inferred_frees, 1u);
  allocator_.free(first);
  allocator_.free(second);
  alloc(SlicedAllocator::kBase + 32, 100'000);  // and when it has
  EXPECT_EQ(traced_memory().inferred_frees, 3u);
  SlicedAllocator again;
  const uintptr_t p = again.allocate(48);
  alloc(p, 48);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{p, 48}}));
  EXPECT_EQ(traced_memory().inferred_frees, 4u);
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(DenseRecordingTest, LargeBlocksAtEverNewAddressesTakeNoMoreMemory) {
  start_tracer();
  const auto come_and_go = [](uintptr_t from, uintptr_t to) {
    for (uintptr_t i = from; i < to; ++i) {
      const uintptr_t p = (uintptr_t{2} << 40) + i * (72 << 20);
      alloc(p, 40 << 20);
      free(p);
    }
  };
  come_and_go(0, 1'000);
  traced_memory();
  const size_t left = Arena::left();
  come_and_go(1'000, 20'000);
  EXPECT_EQ(traced_memory().live_blocks, 0u);
  EXPECT_LT(left, Arena::left() + (size_t{8} << 20));
  expect_exact(traced_memory());
}

TEST_F(DenseRecordingTest, ArenaResetOfDomainZeroEndsTheBlocksOfTheRange) {
  start_tracer();
  Blocks model;
  for (int i = 0; i < 100; ++i) model[born(640)] = 640;
  alloc(kForeign, 100'000);
  const uintptr_t from = std::next(model.begin(), 10)->first;
  const uintptr_t to = std::next(model.begin(), 40)->first;
  record_arena_reset(0, address(from), to - from);
  model.erase(model.find(from), model.find(to));
  model[kForeign] = 100'000;
  EXPECT_EQ(live_blocks(take_snapshot()), model);
  record_arena_reset(0, address(kForeign), 16);
  EXPECT_EQ(traced_memory().live_blocks, 70u);
  expect_exact(traced_memory());
}

TEST_F(DenseRecordingTest, ClearedTracesLeaveNoIdsInTheNextGeneration) {
  start_tracer();
  const uintptr_t small = born(80);
  alloc(kForeign, 100'000);
  clear_traces();
  free(small);
  free(kForeign);
  EXPECT_EQ(traced_memory().untracked_frees, 2u);
  const uintptr_t p = born(80);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{p, 80}}));
  EXPECT_EQ(traced_memory().inferred_frees, 0u);
}

TEST_F(DenseRecordingTest, MapOfAGenerationThatEndedIsNotAskedWhileItIsStillThere) {
  start_tracer();
  WorkerThread other;
  other.run([] { alloc(kForeign, 16); });
  const uintptr_t small = born(80);
  // As if the other thread had lost its core inside a hook: the map stays. relaxed: nobody else writes it now
  tracer_state()->rings->at(0)->inside.store(Recorder::kInHook, std::memory_order_relaxed);
  clear_traces();
  free(small);
  EXPECT_EQ(traced_memory().untracked_frees, 1u);
  // relaxed: the consolidator may see it when it likes
  tracer_state()->rings->at(0)->inside.store(Recorder::kOutside, std::memory_order_relaxed);
}

TEST_F(DenseRecordingTest, GenerationsThatEndGiveTheirMapsBack) {
  start_tracer();
  const auto fill_and_clear = [&] {
    SlicedAllocator again;
    for (int i = 0; i < 500; ++i) alloc(again.allocate(16 + i % 3 * 600, 16), 16);
    alloc(kForeign, 100'000);
    EXPECT_EQ(traced_memory().inferred_frees, 0u) << "a block of an older generation is still known";
    clear_traces();
    const uint64_t give_up = platform::monotonic_ns() + 10'000'000'000;
    // relaxed: looked at again
    while (tracer_state()->generation.load(std::memory_order_relaxed)->previous.load(std::memory_order_relaxed)) {
      ASSERT_LT(platform::monotonic_ns(), give_up);
      traced_memory();
    }
    traced_memory();
  };
  for (int i = 0; i < 4; ++i) fill_and_clear();
  const size_t left = Arena::left();
  // relaxed: nobody else allocates now
  const size_t accounted = Arena::header()->accounted.load(std::memory_order_relaxed);
  for (int i = 0; i < 12; ++i) fill_and_clear();
  EXPECT_LT(left, Arena::left() + (64 << 10));
  // relaxed: as above
  EXPECT_LT(Arena::header()->accounted.load(std::memory_order_relaxed), accounted + (64 << 10));
}

// Blocks are born on one thread and die on another, runs of one size become runs of another all the time.
TEST_F(DenseRecordingTest, RandomHistoryOfThreadsAgreesWithTheAllocator) {
  start_tracer();
  constexpr int kThreads = 3;
  struct Own {
    SlicedAllocator* allocator;
    std::map<uintptr_t, size_t> live;
    std::mt19937_64 random;
  };
  std::vector<Own> own(kThreads);
  std::vector<std::unique_ptr<WorkerThread>> threads;
  for (int t = 0; t < kThreads; ++t) {
    own[t] = {&allocator_, {}, std::mt19937_64(t)};
    threads.push_back(std::make_unique<WorkerThread>());
  }
  const auto work = [](Own& mine) {
    for (int i = 0; i < 2'000; ++i) {
      if (mine.live.size() < 200 && mine.random() % 5 != 0) {
        const size_t alignment = mine.random() % 6 == 0 ? 64 : 16;
        const size_t n = mine.random() % 8 == 0 ? mine.random() % 60'000 : 1 + mine.random() % 700;
        const uintptr_t p = mine.allocator->allocate(n, alignment, static_cast<uint32_t>(mine.random() % 2 * 3));
        if (p == 0) continue;
        if (alignment > 16) expect_aligned_block(address(p));
        alloc(p, n);
        mine.live[p] = n;
      } else if (!mine.live.empty()) {
        const size_t doomed = mine.random() % 30 == 0 ? mine.live.size() : 1;
        for (size_t d = 0; d < doomed; ++d) {
          free(mine.live.begin()->first);
          mine.allocator->free(mine.live.begin()->first);
          mine.live.erase(mine.live.begin());
        }
      }
    }
  };
  for (int round = 0; round < 6; ++round) {
    for (int t = 0; t < kThreads; ++t) threads[t]->begin([&work, &own, t] { work(own[t]); });
    for (auto& thread : threads) thread->wait();
    Blocks model;
    for (Own& each : own) model.insert(each.live.begin(), each.live.end());
    ASSERT_EQ(live_blocks(take_snapshot()), model);
    std::swap(own[0].live, own[1].live);  // what one allocated the other frees
  }
  expect_exact(traced_memory());
}

}  // namespace
}  // namespace heapreel::engine::testing
