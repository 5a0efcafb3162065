// Replays of the golden reels, some of whose game frames were merged, or cleared of their traces.
#include <gtest/gtest.h>

#include "snapshot/reel/read/reel.h"

namespace heapreel {
namespace {

struct Sums {
  uint64_t allocs = 0, alloc_bytes = 0, frees = 0, freed_bytes = 0, reallocs = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
};

Sums sums_of(std::span<const GameFrameRow> rows) {
  Sums sums;
  for (const GameFrameRow& row : rows) {
    sums.allocs += row.allocs;
    sums.alloc_bytes += row.alloc_bytes;
    sums.frees += row.frees;
    sums.freed_bytes += row.freed_bytes;
    sums.reallocs += row.reallocs;
  }
  return sums;
}

Sums sums_of(std::span<const SiteChange> changes) {
  Sums sums;
  for (const SiteChange& change : changes) {
    sums.allocs += change.allocs;
    sums.alloc_bytes += change.alloc_bytes;
    sums.frees += change.frees;
    sums.freed_bytes += change.freed_bytes;
    sums.reallocs += change.reallocs;
  }
  return sums;
}

class GoldenReplayTest : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenReplayTest, ChangesAddUpToTheRowsThatTheyCover) {
  const Reel reel = Reel::open(std::string(GOLDEN_VECTORS) + "/" + GetParam() + ".reel");
  ReelReplay replay = reel.replay();
  size_t next_row = 0;
  std::vector<int64_t> live(reel.at_end()->site_count());
  while (replay.next()) {
    ASSERT_EQ(replay.first_row(), next_row);
    next_row = replay.row() + 1;
    for (size_t row = replay.first_row(); row < replay.row(); ++row) EXPECT_TRUE(reel.game_frames()[row].merged);
    // golden_all is written by hand: its sums are any numbers.
    if (!replay.cleared() && std::string(GetParam()) != "golden_all") {
      const std::span rows(reel.game_frames());
      EXPECT_EQ(sums_of(replay.changes()), sums_of(rows.subspan(replay.first_row(), next_row - replay.first_row())))
          << "game frame " << replay.game_frame().number;
    }
    for (const SiteChange& change : replay.changes()) {
      live[change.site] += change.byte_growth();
      EXPECT_EQ(live[change.site], static_cast<int64_t>(change.live_bytes));
      EXPECT_LE(change.temporary_blocks, change.allocs);
      EXPECT_LE(change.temporary_blocks, change.frees);
      EXPECT_LE(change.temporary_bytes, change.alloc_bytes);
    }
  }
  EXPECT_EQ(next_row, reel.game_frames().size());
  const auto end = reel.at_end();
  for (uint32_t site = 0; site < end->site_count(); ++site) {
    EXPECT_EQ(live[site], static_cast<int64_t>(end->aggregate(site).live_bytes));
  }
}

INSTANTIATE_TEST_SUITE_P(Reels, GoldenReplayTest,
                         ::testing::Values("golden", "golden_all", "golden_budgets", "golden_groups",
                                           "golden_cross_thread", "golden_domains", "golden_marks", "golden_run",
                                           "golden_newer"));

}  // namespace
}  // namespace heapreel
