#include "engine/store/heap_list.h"

#include <set>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class HeapListTest : public TracerTest {
 protected:
  using Heaps = std::set<std::pair<uintptr_t, DomainIndex>>;  // address, and whose memory it is

  void SetUp() override {
    start_without_consolidator();
    pool_ = register_domain("Pool", 16);
    other_ = register_domain("Other", 16);
  }

  static SnapshotHandle frozen() {
    SnapshotHandle snapshot(request_cut(*tracer_state(), CutKind::kSnapshot, true));
    round();
    return snapshot;
  }
  static Heaps heaps_of(const SnapshotHandle& snapshot) {
    Heaps heaps;
    snapshot.get()->for_each_heap([&](BlockId, const Record& record, DomainIndex domain) {
      heaps.insert({record.address, domain});
    });
    return heaps;
  }
  static Heaps heaps() { return heaps_of(frozen()); }
  static bool make_heap(uintptr_t p, DomainIndex domain) { return record_heap(domain, 0, address(p)); }

  DomainIndex pool_ = 0;
  DomainIndex other_ = 0;
};

TEST_F(HeapListTest, ABlockIsAHeapUntilItIsFreed) {
  alloc(0x1000, 100);
  alloc(0x2000, 100);
  EXPECT_TRUE(make_heap(0x1000, pool_));
  EXPECT_TRUE(make_heap(0x2000, other_));
  EXPECT_EQ(heaps(), (Heaps{{0x1000, pool_}, {0x2000, other_}}));
  round();
  EXPECT_EQ(heaps(), (Heaps{{0x1000, pool_}, {0x2000, other_}}));
  free(0x1000);
  EXPECT_EQ(heaps(), (Heaps{{0x2000, other_}}));
}

TEST_F(HeapListTest, WhatIsFreedInTheRoundInWhichItWasReportedIsNone) {
  alloc(0x1000, 100);
  EXPECT_TRUE(make_heap(0x1000, pool_));
  free(0x1000);
  EXPECT_EQ(heaps(), Heaps{});
}

TEST_F(HeapListTest, ABirthThatIsMetAfterTheReportCounts) {
  WorkerThread worker;
  alloc(0x9000, 1);  // so that this thread's ring comes first
  round();
  worker.run([] { alloc(0x1000, 100); });
  EXPECT_TRUE(make_heap(0x1000, pool_));
  EXPECT_EQ(heaps(), (Heaps{{0x1000, pool_}}));
}

TEST_F(HeapListTest, WhoeverGetsTheNumberOfAFreedHeapIsNone) {
  // So many that their numbers are given out anew.
  for (uintptr_t turn = 0; turn < 50; ++turn) {
    for (uintptr_t i = 1; i <= 200; ++i) alloc(0x1000 * i, 64);
    if (turn == 0) {
      for (uintptr_t i = 1; i <= 200; ++i) EXPECT_TRUE(make_heap(0x1000 * i, pool_));
    }
    EXPECT_EQ(heaps().size(), turn == 0 ? 200u : 0u);
    for (uintptr_t i = 1; i <= 200; ++i) free(0x1000 * i);
    round();
  }
}

TEST_F(HeapListTest, AFrozenStateKeepsItsOwn) {
  for (uintptr_t i = 1; i <= 20; ++i) alloc(0x1000 * i, 64);
  for (uintptr_t i = 1; i <= 20; ++i) EXPECT_TRUE(make_heap(0x1000 * i, i % 2 == 0 ? pool_ : other_));
  const SnapshotHandle before = frozen();
  for (uintptr_t i = 1; i <= 19; ++i) free(0x1000 * i);
  EXPECT_EQ(heaps(), (Heaps{{0x14000, pool_}}));
  EXPECT_EQ(heaps_of(before).size(), 20u);
}

TEST_F(HeapListTest, ABlockMayBeAHeapOfTwoAndIsOfEachOnce) {
  alloc(0x1000, 100);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(make_heap(0x1000, pool_));
    EXPECT_TRUE(make_heap(0x1000, other_));
    round();
  }
  uint32_t count = 0;
  frozen().get()->for_each_heap([&](BlockId, const Record&, DomainIndex) { ++count; });
  EXPECT_EQ(count, 2u);
}

TEST_F(HeapListTest, ClearTracesForgetsThem) {
  alloc(0x1000, 100);
  EXPECT_TRUE(make_heap(0x1000, pool_));
  round();
  clear_traces();
  round();
  EXPECT_EQ(heaps(), Heaps{});
  EXPECT_FALSE(make_heap(0x1000, pool_)) << "the block is forgotten";
}

TEST_F(HeapListTest, WhatIsNoBlockIsRefusedAndStaysAsItWas) {
  alloc(0x1000, 100'000);  // in the table of large blocks
  alloc(0x5000, 5, {1}, register_domain("Fine", 1));
  EXPECT_FALSE(make_heap(0x1010, pool_));
  EXPECT_TRUE(make_heap(0x1000, pool_));
  EXPECT_TRUE(record_heap(pool_, register_domain("Fine", 1), address(0x5000)));
  free(0x1000);
  free(0x5000, register_domain("Fine", 1));
  const SnapshotHandle snapshot = frozen();
  EXPECT_TRUE(live_blocks(snapshot).empty());
  EXPECT_EQ(snapshot.get()->totals.untracked_frees, 0u);
  EXPECT_TRUE(snapshot.get()->complete());
}

}  // namespace
}  // namespace heapreel::engine::testing
