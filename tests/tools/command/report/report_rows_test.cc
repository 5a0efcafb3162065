#include "tools/command/report/report_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace heapreel::tools {
namespace {

GameFrameRow game_frame(uint32_t number, uint64_t allocs) {
  GameFrameRow row;
  row.number = number;
  row.time_ns = number * uint64_t{1000};
  row.allocs = allocs;
  row.alloc_bytes = 10 * allocs;
  row.live_bytes = 7 * number;
  return row;
}

uint64_t all_allocs(const ReportRows& rows) {
  uint64_t sum = 0;
  for (const ReportRow& row : rows.all()) sum += row.allocs;
  return sum;
}

TEST(ReportRowsTest, AReportKeepsEveryGameFrame) {
  ReportRows rows;
  for (uint32_t number = 0; number < 20'000; ++number) rows.add(game_frame(number, 1));
  EXPECT_FALSE(rows.is_full());
  EXPECT_EQ(rows.size(), 20'000u);
}

TEST(ReportRowsTest, OldGameFramesArePutTogetherAndNewOnesStandForThemselves) {
  ReportRows rows({.single = 4, .steps = 2});
  for (uint32_t number = 0; number < 6; ++number) rows.add(game_frame(number, number == 1 ? 50 : 3));
  ASSERT_TRUE(rows.is_full());
  EXPECT_EQ(rows.fold(6, {}), (std::vector<uint32_t>{0, 1, 2, 3, 4, 5})) << "two old ones fit";
  for (uint32_t number = 6; number < 10; ++number) rows.add(game_frame(number, 3));
  const std::vector<uint32_t> places = rows.fold(10, {});
  // Game frames 0 to 3 share a row, 4 and 5 share the next one, and each later game frame has its own.
  EXPECT_EQ(places, (std::vector<uint32_t>{0, 0, 0, 0, 1, 1, 2, 3, 4, 5}));
  EXPECT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows.reel_rows(), 10u);
  EXPECT_EQ(rows.row_of(6), 2u);
  const ReportRow& first = rows[0];
  EXPECT_EQ(first.number, 3u);
  EXPECT_EQ(first.time_ns, 3000u);
  EXPECT_EQ(first.live_bytes, 21u);
  EXPECT_EQ(first.game_frames, 4u);
  EXPECT_EQ(first.allocs, 59u);
  EXPECT_EQ(first.most_allocs, 50u);
  EXPECT_EQ(first.most_alloc_bytes, 500u);
}

TEST(ReportRowsTest, WhatIsAskedForByItsNumberStaysTheEndOfARow) {
  ReportRows rows({.single = 4, .steps = 1});
  for (uint32_t number = 0; number < 20; ++number) rows.add(game_frame(number, 1));
  const std::vector<size_t> kept = {0, 6, 7};
  rows.fold(20, kept);
  std::vector<uint32_t> numbers;
  for (const ReportRow& row : rows.all()) numbers.push_back(row.number);
  EXPECT_EQ(numbers, (std::vector<uint32_t>{0, 6, 7, 15, 16, 17, 18, 19}));
}

TEST(ReportRowsTest, WhatSomebodyHasNotReadYetIsNotPutTogether) {
  ReportRows rows({.single = 4, .steps = 1});
  for (uint32_t number = 0; number < 20; ++number) rows.add(game_frame(number, 1));
  const std::vector<uint32_t> places = rows.fold(3, {});
  EXPECT_EQ(places[2], 0u);
  EXPECT_EQ(rows[1].number, 3u);
  EXPECT_EQ(rows.size(), 18u);
}

TEST(ReportRowsTest, ThereAreNeverMoreRowsThanTheLimitSaysAndNoSumIsLost) {
  std::mt19937 random(3);
  constexpr ReportRows::Limits kLimits = {.single = 40, .steps = 25};
  ReportRows rows(kLimits);
  uint64_t allocs = 0;
  uint32_t number = 0;
  for (int round = 0; round < 3'000; ++round) {
    const size_t more = 1 + random() % 8;
    for (size_t i = 0; i < more; ++i) {
      const uint64_t some = random() % 100;
      allocs += some;
      rows.add(game_frame(number++, some));
    }
    std::vector<size_t> kept = {0, random() % rows.size()};
    std::ranges::sort(kept);
    if (rows.is_full()) {
      const std::vector<ReportRow> before = rows.all();
      const std::vector<uint32_t> places = rows.fold(rows.size(), kept);
      for (size_t row = 0; row + 1 < before.size(); ++row) EXPECT_LE(places[row + 1] - places[row], 1u);
      for (const size_t row : kept) EXPECT_EQ(rows[places[row]].number, before[row].number);
    }
    // Rows that were kept once, and are not any more, go with the next step that is twice as long.
    ASSERT_LE(rows.size(), kLimits.single * 3 / 2 + 2 * kLimits.steps + 8);
    ASSERT_EQ(rows.reel_rows(), number);
    for (size_t back = 0; back < std::min<size_t>(rows.size(), kLimits.single); ++back) {
      ASSERT_EQ(rows[rows.size() - 1 - back].game_frames, 1u);
    }
  }
  EXPECT_EQ(all_allocs(rows), allocs);
}

}  // namespace
}  // namespace heapreel::tools
