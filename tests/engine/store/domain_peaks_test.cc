#include "engine/store/domain_peaks.h"

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class DomainPeaksTest : public TracerTest {
 protected:
  void SetUp() override {
    start_without_consolidator();
    pool_ = register_domain("Pool", 16);
    other_ = register_domain("Other", 16);
  }

  static void end_game_frame() {
    game_frame();
    round();
  }
  static DomainPeak peak(DomainIndex domain) {
    const SnapshotHandle snapshot(request_cut(*tracer_state(), CutKind::kSnapshot, true));
    round();
    const DomainPeak* found = snapshot.get()->domain_peaks.page(domain);
    return found == nullptr ? DomainPeak{} : *found;
  }
  void take(uintptr_t p, size_t n) { alloc(p, n, {1}, pool_); }
  void give_back(uintptr_t p) { free(p, pool_); }

  DomainIndex pool_ = 0;
  DomainIndex other_ = 0;
};

TEST_F(DomainPeaksTest, OfOneThreadItIsExactHoweverManyRoundsThereWere) {
  take(0x1000, 100);
  take(0x2000, 200);
  give_back(0x1000);
  take(0x3000, 50);
  EXPECT_EQ(peak(pool_), (DomainPeak{250, 300, 300}));
  give_back(0x2000);
  round();
  take(0x4000, 240);
  EXPECT_EQ(peak(pool_), (DomainPeak{290, 300, 300}));
  EXPECT_EQ(peak(other_), DomainPeak{});
}

TEST_F(DomainPeaksTest, MallocsIsNotKept) {
  alloc(0x1000, 100, {1});
  EXPECT_EQ(peak(0), DomainPeak{});
}

TEST_F(DomainPeaksTest, AGameFrameBeginsWithWhatLives) {
  take(0x1000, 100);
  take(0x2000, 200);
  give_back(0x2000);
  end_game_frame();
  EXPECT_EQ(peak(pool_), (DomainPeak{100, 100, 100}));
  take(0x3000, 10);
  give_back(0x3000);
  EXPECT_EQ(peak(pool_), (DomainPeak{100, 110, 110}));
}

TEST_F(DomainPeaksTest, AnArenaThatIsResetHasItsHighWaterMarkOfEachGameFrame) {
  for (uintptr_t game_frame_number = 1; game_frame_number <= 3; ++game_frame_number) {
    for (uintptr_t i = 0; i < 10 * game_frame_number; ++i) take(0x1000 + 64 * i, 64);
    EXPECT_EQ(peak(pool_).peak_bytes, 640 * game_frame_number);
    record_arena_reset(pool_, address(0x1000), 1 << 20);
    EXPECT_EQ(peak(pool_), (DomainPeak{0, 640 * game_frame_number, 640 * game_frame_number}));
    end_game_frame();
    EXPECT_EQ(peak(pool_), DomainPeak{});
  }
}

TEST_F(DomainPeaksTest, ADomainIsResetWithoutItsRange) {
  for (const uintptr_t place : {uintptr_t{0x1000}, uintptr_t{0x7000'0000}, uintptr_t{0x7fff'0000'0000}})
    take(place, 64);
  const DomainIndex fine = register_domain("Fine", 1);
  alloc(0x1003, 5, {1}, fine);
  alloc(0x1000, 5, {1}, other_);
  record_domain_reset(pool_);
  record_domain_reset(fine);
  EXPECT_EQ(peak(pool_), (DomainPeak{0, 192, 192}));
  EXPECT_EQ(peak(fine), (DomainPeak{0, 5, 5}));
  EXPECT_EQ(peak(other_).live_bytes, 5u);
  take(0x1000, 16);
  give_back(0x1000);
  const SnapshotHandle snapshot(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  round();
  EXPECT_EQ(snapshot.get()->totals.inferred_frees, 0u) << "no id is left in the map";
  EXPECT_TRUE(snapshot.get()->complete());
}

TEST_F(DomainPeaksTest, MallocIsNotReset) {
  alloc(0x1000, 100, {1});
  record_domain_reset(0);
  const SnapshotHandle snapshot(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  round();
  EXPECT_EQ(live_blocks(snapshot).size(), 1u);
  EXPECT_EQ(snapshot.get()->unrecorded, 1u);
}

TEST_F(DomainPeaksTest, OfSeveralThreadsInOneRoundItStatesItsBound) {
  WorkerThread worker;
  take(0x1000, 100);
  round();
  worker.run([this] {
    take(0x2000, 200);
    give_back(0x2000);
  });
  take(0x3000, 30);
  give_back(0x3000);
  // One after the other it was 300 at most; at once it would have been 330.
  EXPECT_EQ(peak(pool_), (DomainPeak{100, 100, 330}));
}

TEST_F(DomainPeaksTest, ABlockThatAnotherThreadFreedMeanwhileLeavesABound) {
  WorkerThread worker;
  take(0x1000, 1);  // so that this thread's ring comes first
  round();
  worker.run([this] { take(0x2000, 100); });
  give_back(0x2000);
  worker.run([this] { take(0x2000, 100); });
  // The free is met before the birth, and applied last: the rings alone would make 201 of what was 101 at most.
  EXPECT_EQ(peak(pool_), (DomainPeak{101, 101, 201}));
}

TEST_F(DomainPeaksTest, AFrozenStateKeepsItsOwn) {
  take(0x1000, 100);
  const SnapshotHandle before(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  round();
  take(0x2000, 50);
  EXPECT_EQ(peak(pool_), (DomainPeak{150, 150, 150}));
  EXPECT_EQ(*before.get()->domain_peaks.page(pool_), (DomainPeak{100, 100, 100}));
}

TEST_F(DomainPeaksTest, ClearTracesForgetsThem) {
  take(0x1000, 100);
  round();
  clear_traces();
  round();
  EXPECT_EQ(peak(pool_), DomainPeak{});
  take(0x1000, 7);
  EXPECT_EQ(peak(pool_), (DomainPeak{7, 7, 7}));
}

}  // namespace
}  // namespace heapreel::engine::testing
