#include "engine/store/stray_frees.h"

#include "engine/consolidate/consolidator.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

class StrayFreesTest : public TracerTest {
 protected:
  static std::vector<StrayFree> strays() {
    const StrayFrees all = tracer_state()->consolidator->stray_frees();
    return {all.begin(), all.end()};
  }
  static std::vector<uintptr_t> pcs_of(TracebackId id) {
    return stored_pcs(tracer_state()->consolidator->store_for_test()->tracebacks(), id);
  }
  [[gnu::noinline]] static void free_somewhere_else(uintptr_t p) {
    free(p);
    asm volatile("");
  }
};

TEST_F(StrayFreesTest, SecondFreeIsKnownWithThePlaceWhereTheBlockWasAllocated) {
  start_without_consolidator();
  alloc(0x1000, 10, {7, 8});
  alloc(0x2000, 10, {5});
  free(0x1000);
  free(0x1000);
  round();
  ASSERT_EQ(strays().size(), 1u);
  EXPECT_EQ(strays()[0].count, 1u);
  ASSERT_NE(strays()[0].allocated_at, StrayFree::kNotKnown);
  EXPECT_EQ(pcs_of(strays()[0].allocated_at), (std::vector<uintptr_t>{7, 8}));
  EXPECT_FALSE(pcs_of(strays()[0].freed_at).empty());
}

TEST_F(StrayFreesTest, FreesAreCountedByTheirPlaces) {
  start_without_consolidator();
  free(0x1000);  // a thread's first event comes by another way
  for (int i = 0; i < 5; ++i) free(0x1000);
  free_somewhere_else(0x1000);
  round();
  ASSERT_EQ(strays().size(), 3u);
  EXPECT_EQ(strays()[0].count, 1u);
  EXPECT_EQ(strays()[1].count, 5u);
  EXPECT_EQ(strays()[2].count, 1u);
  EXPECT_EQ(strays()[0].allocated_at, StrayFree::kNotKnown);
}

TEST_F(StrayFreesTest, OfBlocksThatLayThereTheLastIsNamedOrNone) {
  start_without_consolidator();
  alloc(0x2000, 10, {5});
  alloc(0x1000, 10, {7});
  free(0x1000);
  alloc(0x1000, 10, {8});
  free(0x1000);
  free(0x1000);
  round();
  game_frame();
  alloc(0x1000, 10, {9});
  free(0x1000);
  free_somewhere_else(0x1000);
  round();
  ASSERT_EQ(strays().size(), 2u);
  EXPECT_EQ(strays()[0].allocated_at, StrayFree::kNotKnown);
  ASSERT_NE(strays()[1].allocated_at, StrayFree::kNotKnown);
  EXPECT_EQ(pcs_of(strays()[1].allocated_at), (std::vector<uintptr_t>{9}));
}

TEST_F(StrayFreesTest, WhatCameBeforeTracesWereClearedIsForgotten) {
  start_without_consolidator();
  alloc(0x1000, 10, {7});
  free(0x1000);
  free(0x1000);
  round();
  ASSERT_EQ(strays().size(), 1u);
  stop();
  start_without_consolidator();
  EXPECT_TRUE(strays().empty());
  free(0x1000);
  round();
  ASSERT_EQ(strays().size(), 1u);
  EXPECT_EQ(strays()[0].allocated_at, StrayFree::kNotKnown);
}

TEST_F(StrayFreesTest, NoMorePlacesAreKeptThanThereIsRoomFor) {
  StrayFrees strays;
  for (TracebackId place = 0; place < StrayFrees::kMost; ++place) ASSERT_NE(strays.find_or_add(place), nullptr);
  EXPECT_EQ(strays.find_or_add(StrayFrees::kMost), nullptr);
  EXPECT_NE(strays.find_or_add(0), nullptr);
}

}  // namespace
}  // namespace heapreel::engine::testing
