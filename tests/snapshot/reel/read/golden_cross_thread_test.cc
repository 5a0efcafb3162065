// tests/vectors/golden_cross_thread.reel, which write_golden_groups.cc made, read to which threads freed whose blocks.
#include <heapreel/lifetimes.h>
#include <heapreel/snapshot.h>

#include <gtest/gtest.h>

#include <stdexcept>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

// By domain, which is one: bytes and blocks.
std::pair<int64_t, int64_t> freed_by_others(const Reel& reel, uint64_t from, uint64_t to) {
  const SnapshotAtEndOf at = [&](uint64_t number) { return reel.snapshot_at(static_cast<uint32_t>(number)); };
  const auto rows = lifetimes(LifetimeRule::cross_thread_frees, {.a = from, .b = to}, to, at, KeyType::domain);
  return rows.empty() ? std::pair<int64_t, int64_t>() : std::pair(rows[0].size, rows[0].count);
}

// "audio" allocates three blocks in game frames 0, 30 and 60, the main thread frees them in the ones behind; a block of
// its own dies each game frame. "physics" moves one in 40.
TEST(GoldenCrossThreadTest, TellsOfBlocksThatAnotherThreadFreed) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_cross_thread.reel");
  EXPECT_EQ(reel.info().unknown_sections, 0u);
  EXPECT_TRUE(reel.verify().empty());
  constexpr int64_t kThree = (int64_t{1} << 40) + 24;
  EXPECT_EQ(freed_by_others(reel, 0, 0), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(freed_by_others(reel, 1, 1), std::pair(kThree, int64_t{3}));
  EXPECT_EQ(freed_by_others(reel, 2, 30), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(freed_by_others(reel, 31, 41), std::pair(kThree + 1, int64_t{4}));
  EXPECT_EQ(freed_by_others(reel, 0, 83), std::pair(3 * kThree + 1, int64_t{10}));
}

TEST(GoldenCrossThreadTest, ReplayTellsOfThemGameFrameByGameFrame) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_cross_thread.reel");
  ReelReplay replay = reel.replay();
  uint64_t frees = 0;
  uint64_t temporary = 0;
  while (replay.next()) {
    EXPECT_TRUE(replay.knows_cross_thread_frees());
    for (const SiteChange& change : replay.changes()) {
      EXPECT_LE(change.cross_thread_frees, change.frees);
      EXPECT_TRUE(change.cross_thread_frees == 0 || replay.game_frame().number % 30 == 1 ||
                  replay.game_frame().number == 40 || replay.game_frame().number == 41);
      frees += change.cross_thread_frees;
      temporary += change.cross_thread_temporary_blocks;
    }
  }
  EXPECT_EQ(frees, 10u);
  EXPECT_EQ(temporary, 0u);
}

TEST(GoldenCrossThreadTest, ReelsFromBeforeSayThatTheyDoNotKnow) {
  for (const char* name : {"golden", "golden_all", "golden_budgets", "golden_groups", "golden_run"}) {
    const Reel reel = Reel::open(std::string(GOLDEN_VECTORS "/") + name + ".reel");
    ReelReplay replay = reel.replay();
    while (replay.next()) EXPECT_FALSE(replay.knows_cross_thread_frees()) << name;
    const uint32_t last = reel.game_frames().back().number;
    try {
      freed_by_others(reel, 0, last);
      ADD_FAILURE() << name << " was answered";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("the reel does not say which thread frees a block"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace heapreel::testing
