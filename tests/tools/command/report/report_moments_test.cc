#include "tools/command/report/report_moments.h"

#include <gtest/gtest.h>

namespace heapreel::tools {
namespace {

// Game frames of 100 bytes and 10 allocations each, and what came after the last boundary.
std::vector<GameFrameRow> rows(uint32_t count) {
  std::vector<GameFrameRow> made(count + 1);
  for (uint32_t number = 0; number <= count; ++number) {
    made[number].number = number;
    made[number].allocs = 10;
    made[number].live_bytes = 100;
  }
  made.back().partial = true;
  return made;
}

TEST(ReportMomentsTest, GrowthIsLookedForAfterASixthOfTheRecording) {
  const ReportMoments moments = ReportMoments::of(rows(3600));
  EXPECT_EQ(moments.from, 600u);
  EXPECT_EQ(moments.to, 3599u) << "what came after the last boundary is no whole game frame";
}

TEST(ReportMomentsTest, TheFirstOfSeveralPeaksCounts) {
  auto made = rows(20);
  made[7].live_bytes = made[9].live_bytes = 500;
  EXPECT_EQ(ReportMoments::of(made).peak, 7u);
}

TEST(ReportMomentsTest, TheStartAndTheEndOfAProgramAreNotItsWorstGameFrame) {
  auto made = rows(20);
  made[0].allocs = made[20].allocs = 9999;
  made[5].allocs = 11;
  EXPECT_EQ(ReportMoments::of(made).worst, 5u);
}

TEST(ReportMomentsTest, WhatWasMergedHasNoStateToShow) {
  auto made = rows(12);
  made[2].merged = made[11].merged = true;
  made[2].live_bytes = 999;
  made[2].allocs = 999;
  made[3].allocs = 888;  // its sites tell of two game frames
  made[6].allocs = 50;
  const ReportMoments moments = ReportMoments::of(made);
  EXPECT_EQ(moments.from, 3u);
  EXPECT_EQ(moments.to, 10u);
  EXPECT_EQ(moments.worst, 6u);
  EXPECT_NE(moments.peak, 2u);
}

TEST(ReportMomentsTest, OneGameFrameIsEnough) {
  const ReportMoments moments = ReportMoments::of(rows(0));
  EXPECT_EQ(moments.from, 0u);
  EXPECT_EQ(moments.to, 0u);
  EXPECT_FALSE(moments.worst.has_value());
}

}  // namespace
}  // namespace heapreel::tools
