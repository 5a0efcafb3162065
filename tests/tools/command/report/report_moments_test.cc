#include "tools/command/report/report_moments.h"

#include <gtest/gtest.h>

#include <utility>

namespace heapreel::tools {
namespace {

// Game frames of 100 bytes and 10 allocations each, and what came after the last boundary.
std::vector<ReportRow> rows(uint32_t count) {
  std::vector<ReportRow> made(count + 1);
  for (uint32_t number = 0; number <= count; ++number) {
    made[number].number = number;
    made[number].allocs = 10;
    made[number].live_bytes = 100;
  }
  made.back().partial = true;
  return made;
}

TEST(ReportMomentsTest, GrowthIsLookedForAfterASixthOfTheRecording) {
  const ReportMoments moments = ReportMoments::of(rows(3600), false);
  EXPECT_EQ(moments.from, 600u);
  EXPECT_EQ(moments.to, 3599u) << "what came after the last boundary is no whole game frame";
}

TEST(ReportMomentsTest, TheFirstOfSeveralPeaksCounts) {
  auto made = rows(20);
  made[7].live_bytes = made[9].live_bytes = 500;
  EXPECT_EQ(ReportMoments::of(made, false).peak, 7u);
}

TEST(ReportMomentsTest, TheStartAndTheEndOfAProgramAreNotItsWorstGameFrame) {
  auto made = rows(20);
  made[0].allocs = made[20].allocs = 9999;
  made[5].allocs = 11;
  EXPECT_EQ(ReportMoments::of(made, false).worst, 5u);
}

TEST(ReportMomentsTest, WhatWasMergedHasNoStateToShow) {
  auto made = rows(12);
  made[2].merged = made[11].merged = true;
  made[2].live_bytes = 999;
  made[2].allocs = 999;
  made[3].allocs = 888;  // its sites tell of two game frames
  made[6].allocs = 50;
  const ReportMoments moments = ReportMoments::of(made, false);
  EXPECT_EQ(moments.from, 3u);
  EXPECT_EQ(moments.to, 10u);
  EXPECT_EQ(moments.worst, 6u);
  EXPECT_NE(moments.peak, 2u);
}

TEST(ReportMomentsTest, AShutdownThatAClockDividesIsNoGrowth) {
  auto made = rows(100);
  // It takes three game frames, with one that is merged; the menu before the game was as empty.
  made[10].live_bytes = 1;
  made[90].live_bytes = 120;
  for (const auto& [row, bytes] : {std::pair(97, 80), {98, 60}, {99, 5}})
    made[static_cast<size_t>(row)].live_bytes = static_cast<uint64_t>(bytes);
  made[96].merged = true;
  EXPECT_EQ(ReportMoments::of(made, true).to, 95u);
  EXPECT_EQ(ReportMoments::of(made, false).to, 99u) << "the program's own game frames end before it shuts down";
  // What is gone for longer is how the program goes on.
  for (size_t row = 90; row < 100; ++row) made[row].live_bytes = 5;
  EXPECT_EQ(ReportMoments::of(made, true).to, 99u);
}

TEST(ReportMomentsTest, OneGameFrameIsEnough) {
  const ReportMoments moments = ReportMoments::of(rows(0), true);
  EXPECT_EQ(moments.from, 0u);
  EXPECT_EQ(moments.to, 0u);
  EXPECT_FALSE(moments.worst.has_value());
}

}  // namespace
}  // namespace heapreel::tools
