#include "tests/snapshot/random_reel.h"

#include <cstdlib>
#include <thread>

#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/life_history.h"

namespace heapreel::testing {

void RandomReelTest::TearDown() {
  snapshots_.clear();
  marked_.clear();
  ReelTest::TearDown();
}

uint64_t RandomReelTest::seed() {
  const char* given = std::getenv("HEAPREEL_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

void RandomReelTest::record_random(std::mt19937_64& random) {
  start_without_thread();
  record({.least_key_distance = 1 + random() % 1'000, .key_every = 0}, 1'000);
  spy_.keeps_facts = false;
  play(random);
  ASSERT_EQ(finish(), "");
}

// Two threads in turns, so that nothing happens between a snapshot and the end of its game frame.
void RandomReelTest::play(std::mt19937_64& random) {
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
      while (random() % 4 == 0) mark(frame);
    }
    snapshots_.emplace_back(live_snapshot());
    end_game_frame();
    history.set_game_frame(frame + 1);
    if (random() % 15 == 0) engine::clear_traces();
  }
}

Snapshot RandomReelTest::live_snapshot() {
  return SnapshotData::make_snapshot(std::make_shared<const FrozenTraceSet>(snapshot_now()), 256,
                                     SkipList::for_native_code());
}

void RandomReelTest::mark(uint32_t game_frame) {
  marks_.emplace_back("größe " + std::to_string(game_frame), game_frame);
  engine::mark(marks_.back().first.c_str());
  marked_.emplace_back(live_snapshot());
}

void RandomReelTest::expect_is(const Snapshot& still, const Snapshot& live) {
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
  EXPECT_EQ(still.game_frame(), live.game_frame());
  EXPECT_EQ(still.completeness(), live.completeness());
  for (const KeyType key : kKeys) ASSERT_EQ(still.statistics(key), live.statistics(key)) << static_cast<int>(key);
}

void RandomReelTest::expect_shows(const Reel& reel, uint32_t game_frame) {
  expect_is(reel.snapshot_at(game_frame), snapshots_[game_frame]);
}

void RandomReelTest::expect_shows_any_mark(const Reel& reel, std::mt19937_64& random) {
  ASSERT_EQ(reel.marks().size(), marks_.size());
  std::vector<std::shared_ptr<const ReelTraceSet>> held;  // later ones are made out of these
  for (size_t i = 0; i < marks_.size() * 2; ++i) {
    const size_t mark = random() % marks_.size();
    ASSERT_TRUE(reel.marks()[mark].has_state);
    expect_is(reel.snapshot_at_mark(mark), marked_[mark]);
    if (HasFatalFailure()) return;
    if (random() % 3 == 0) held.push_back(reel.at_mark(mark));
    if (random() % 8 == 0) held.push_back(reel.at(static_cast<uint32_t>(random() % kGameFrames)));
    if (held.size() > 5) held.erase(held.begin());
  }
  if (marks_.size() < 2) return;
  // The differences between two marks, and between a mark and a game frame.
  const size_t a = random() % marks_.size();
  const size_t b = random() % marks_.size();
  const auto frame = static_cast<uint32_t>(random() % kGameFrames);
  EXPECT_EQ(reel.snapshot_at_mark(b).compare_to(reel.snapshot_at_mark(a), KeyType::traceback),
            marked_[b].compare_to(marked_[a], KeyType::traceback));
  EXPECT_EQ(reel.snapshot_at(frame).compare_to(reel.snapshot_at_mark(a), KeyType::traceback),
            snapshots_[frame].compare_to(marked_[a], KeyType::traceback));
}

void RandomReelTest::expect_shows_any(const Reel& reel, std::mt19937_64& random) {
  std::vector<std::shared_ptr<const ReelTraceSet>> held;  // later ones are made out of these
  for (uint32_t i = 0; i < kGameFrames * 2; ++i) {
    const auto number = static_cast<uint32_t>(random() % kGameFrames);
    expect_shows(reel, number);
    if (HasFatalFailure()) return;
    if (random() % 4 == 0) held.push_back(reel.at(number));
    if (held.size() > 5) held.erase(held.begin());
  }
}

}  // namespace heapreel::testing
