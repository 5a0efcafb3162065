// Any reel: what it shows of a game frame, sought in any order, is what a snapshot taken then shows.
#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/random_reel.h"

namespace heapreel::testing {
namespace {

class ReelRandomTest : public RandomReelTest {
 protected:
  void expect_still_shows(const Snapshot& live) {
    const std::string file = path() + ".still";
    live.dump(file);
    const Snapshot still = Snapshot::load(file);
    EXPECT_EQ(still.traces(), live.traces());
    EXPECT_EQ(still.game_frame(), live.game_frame());
    EXPECT_EQ(still.completeness(), live.completeness());
    EXPECT_GT(still.completeness().issued, 0u);
    for (const KeyType key : kKeys) ASSERT_EQ(still.statistics(key), live.statistics(key)) << static_cast<int>(key);
  }
};

TEST_F(ReelRandomTest, AnyGameFrameInAnyOrderIsTheSnapshotTakenThen) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;

  const Reel reel = Reel::open(path());
  expect_shows_any(reel, random);
  if (HasFatalFailure()) return;
  expect_still_shows(snapshots_[random() % kGameFrames]);
  ASSERT_EQ(reel.marks().size(), marks_.size());
  for (size_t i = 0; i < marks_.size(); ++i) {
    EXPECT_EQ(reel.marks()[i].name, marks_[i].first);
    EXPECT_EQ(reel.marks()[i].game_frame, marks_[i].second);
  }
  expect_shows_any_mark(reel, random);
  if (HasFatalFailure()) return;
  EXPECT_EQ(reel.verify(), std::vector<std::string>());
  const RecordedModules modules = recorded_modules(*engine::tracer_state()->modules);
  const RecordedModules& stored = reel.at_end()->tables().modules();
  ASSERT_GE(modules.count(), 1u);
  ASSERT_EQ(stored.count(), modules.count());
  for (uint32_t i = 0; i < modules.count(); ++i) {
    EXPECT_EQ(stored.at(i).image.path, modules.at(i).image.path);
    EXPECT_EQ(stored.at(i).image.build_id, modules.at(i).image.build_id);
    EXPECT_EQ(stored.at(i).image.start, modules.at(i).image.start);
    EXPECT_EQ(stored.at(i).fingerprint, modules.at(i).fingerprint);
  }
}

}  // namespace
}  // namespace heapreel::testing
