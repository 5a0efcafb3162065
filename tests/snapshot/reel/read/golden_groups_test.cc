// tests/vectors/golden_groups.reel, which write_golden_groups.cc made, read to what its threads did.
#include <heapreel/snapshot.h>

#include <gtest/gtest.h>

#include <stdexcept>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

std::string without_id(const ChurnStatistic& row) {
  const std::string text = row.to_string();
  const size_t open = text.find(" (");
  return text.substr(0, open) + text.substr(text.find(')') + 1);
}

TEST(GoldenGroupsTest, ChurnByThreadIsWhatTheThreadsDid) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_groups.reel");
  EXPECT_EQ(reel.info().unknown_sections, 0u);
  std::vector<std::string> rows;
  for (const ChurnStatistic& row : reel.snapshot_at(41).churn_since(reel.snapshot_at(25), KeyType::thread)) {
    rows.push_back(without_id(row));
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"audio: allocs=4 (1024 GiB), frees=4 (1024 GiB)",
                                            "physics: allocs=1 (68.4 KiB), frees=0 (0 B)",
                                            "write_golden_gr: allocs=16 (536 B), frees=16 (536 B)"}));
}

TEST(GoldenGroupsTest, ChurnBySizeClassTellsWhatCameAndWent) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_groups.reel");
  const auto rows = reel.snapshot_at(30).churn_since(reel.snapshot_at(28), KeyType::size_class);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].to_string(), "up to 1024 GiB: allocs=1 (1024 GiB), frees=0 (0 B)");
  EXPECT_EQ(rows[1].to_string(), "up to 32 B: allocs=3 (83 B), frees=2 (59 B)");
  EXPECT_EQ(rows[2].to_string(), "up to 1 B: allocs=1 (1 B), frees=0 (0 B)");
  EXPECT_EQ(rows[3].to_string(), "0 B: allocs=1 (0 B), frees=0 (0 B)");
}

TEST(GoldenGroupsTest, ReelsFromBeforeSayThatTheyDoNotKnow) {
  for (const char* name : {"golden", "golden_all", "golden_budgets", "golden_run"}) {
    const Reel reel = Reel::open(std::string(GOLDEN_VECTORS "/") + name + ".reel");
    const Snapshot last = reel.snapshot_at(reel.game_frames().back().number);
    for (const KeyType key : {KeyType::thread, KeyType::size_class}) {
      try {
        last.churn_since(last, key);
        ADD_FAILURE() << name << " was answered";
      } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find("the reel does not say what threads and size classes"),
                  std::string::npos)
            << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace heapreel::testing
