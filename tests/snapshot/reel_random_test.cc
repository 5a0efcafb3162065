// Any reel: what it shows of a game frame, sought in any order, is what a snapshot taken then shows.
#include <cstdlib>
#include <random>
#include <thread>

#include "snapshot/reel/frozen_trace_set.h"
#include "snapshot/snapshot_data.h"
#include "tests/snapshot/life_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

constexpr KeyType kKeys[] = {KeyType::filename, KeyType::lineno,     KeyType::traceback,
                             KeyType::function, KeyType::module,     KeyType::domain,
                             KeyType::tag,      KeyType::size_class, KeyType::thread};
constexpr uint32_t kGameFrames = 40;

class RandomReelTest : public ReelTest {
 protected:
  void TearDown() override {
    snapshots_.clear();
    ReelTest::TearDown();
  }

  // Two threads in turns, so that nothing happens between a snapshot and the end of its game frame.
  void play(std::mt19937_64& random) {
    LifeHistory::make_code_known();
    round();
    engine::clear_traces();
    round();
    LifeHistory history;
    for (uint32_t frame = 0; frame < kGameFrames; ++frame) {
      for (int turn = 0; turn < 2; ++turn) {
        const auto steps = static_cast<int>(random() % 80);
        auto act = [&history, steps, own = std::mt19937_64(random())]() mutable {
          for (int step = 0; step < steps; ++step) history.step(own);
        };
        if (turn == 0) {
          act();
        } else {
          std::thread(act).join();
        }
      }
      if (random() % 5 == 0) {
        marks_.emplace_back("größe " + std::to_string(frame), frame);
        engine::mark(marks_.back().first.c_str());
      }
      snapshots_.emplace_back(SnapshotData::make_snapshot(std::make_shared<const FrozenTraceSet>(snapshot_now()), 256,
                                                          SkipList::for_native_code()));
      end_game_frame();
      history.set_game_frame(frame + 1);
      if (random() % 15 == 0) engine::clear_traces();
    }
  }

  void expect_shows(const Reel& reel, uint32_t game_frame) {
    const Snapshot& live = snapshots_[game_frame];
    const Snapshot still = reel.snapshot_at(game_frame);
    ASSERT_EQ(still.traces().size(), live.traces().size());
    for (size_t i = 0; i < live.traces().size(); ++i) {
      const Trace a = still.traces()[i];
      const Trace b = live.traces()[i];
      ASSERT_EQ(a, b);
      ASSERT_EQ(a.address, b.address);
      ASSERT_EQ(a.born_game_frame, b.born_game_frame);
      ASSERT_EQ(a.thread, b.thread);
      ASSERT_EQ(a.tag, b.tag);
    }
    EXPECT_EQ(still.completeness(), live.completeness());
    for (const KeyType key : kKeys) ASSERT_EQ(still.statistics(key), live.statistics(key)) << static_cast<int>(key);
  }

  void expect_still_shows(uint32_t game_frame) {
    const Snapshot& live = snapshots_[game_frame];
    const std::string file = path() + ".still";
    live.dump(file);
    const Snapshot still = Snapshot::load(file);
    EXPECT_EQ(still.traces(), live.traces());
    EXPECT_EQ(still.game_frame(), live.game_frame());
    EXPECT_EQ(still.completeness(), live.completeness());
    EXPECT_GT(still.completeness().issued, 0u);
    for (const KeyType key : kKeys) ASSERT_EQ(still.statistics(key), live.statistics(key)) << static_cast<int>(key);
  }

  std::vector<Snapshot> snapshots_;  // at the end of each game frame
  std::vector<std::pair<std::string, uint32_t>> marks_;
};

TEST_F(RandomReelTest, AnyGameFrameInAnyOrderIsTheSnapshotTakenThen) {
  const char* given = std::getenv("HEAPREEL_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  start_without_thread();
  record({.least_key_distance = 1 + random() % 1'000, .key_every = 0}, 1'000);
  spy_.keeps_facts = false;
  play(random);
  ASSERT_EQ(finish(), "");

  const Reel reel = Reel::open(path());
  std::vector<uint32_t> order(kGameFrames * 2);
  for (uint32_t& number : order) number = static_cast<uint32_t>(random() % kGameFrames);
  std::vector<std::shared_ptr<const ReelTraceSet>> held;  // later ones are made out of these
  for (const uint32_t number : order) {
    expect_shows(reel, number);
    if (HasFatalFailure()) return;
    if (random() % 4 == 0) held.push_back(reel.at(number));
    if (held.size() > 5) held.erase(held.begin());
  }
  expect_still_shows(order.front());
  ASSERT_EQ(reel.marks().size(), marks_.size());
  for (size_t i = 0; i < marks_.size(); ++i) {
    EXPECT_EQ(reel.marks()[i].name, marks_[i].first);
    EXPECT_EQ(reel.marks()[i].game_frame, marks_[i].second);
  }
  const RecordedModules modules = recorded_modules(*engine::g_state->modules);
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
