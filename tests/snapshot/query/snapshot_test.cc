#include "snapshot/query/snapshot_data.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/snapshot/cpython_snapshots.h"
#include "tests/snapshot/paged_trace_set.h"

namespace heapreel::testing {
namespace {

Frame native_frame(std::string filename, uint32_t lineno, std::string function, std::string module = "game") {
  return Frame(FrameDetails{std::move(filename), lineno, std::move(function), std::move(module), 0, 0});
}

std::vector<std::string> texts(const std::vector<Statistic>& statistics) {
  std::vector<std::string> lines;
  for (const Statistic& statistic : statistics) lines.push_back(statistic.to_string());
  return lines;
}

Snapshot native_snapshot() {
  Trace mesh;
  mesh.size = 4096;
  mesh.traceback = Traceback{native_frame("main.cc", 1, "main"), native_frame("mesh.cc", 7, "Mesh::load"),
                             native_frame("/usr/include/c++/12/bits/new_allocator.h", 137, "allocate")};
  mesh.thread = 1;
  mesh.tag = "Render/Meshes";
  mesh.born_game_frame = 347;
  Trace plugin;
  plugin.domain = 1;
  plugin.size = 65;
  plugin.traceback = Traceback{Frame(FrameDetails{"libplugin.so", 0, "", "libplugin.so", 0x1f40, 0x1f40})};
  return Snapshot::from_traces({mesh, plugin}, 25);
}

TEST(Snapshot, GroupsByNativeKeys) {
  const Snapshot snapshot = native_snapshot();
  const auto first = [&](KeyType key) { return texts(snapshot.statistics(key)); };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(first(KeyType::function), (Lines{"allocate: size=4096 B, count=1, average=4096 B",
                                             "libplugin.so+0x1f40: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::module),
            (Lines{"game: size=4096 B, count=1, average=4096 B", "libplugin.so: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::domain),
            (Lines{"domain 0: size=4096 B, count=1, average=4096 B", "domain 1: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::tag), (Lines{"Render/Meshes: size=4096 B, count=1, average=4096 B",
                                        "<no tag>: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::thread),
            (Lines{"thread 1: size=4096 B, count=1, average=4096 B", "thread 0: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::size_class), (Lines{"up to 4096 B: size=4096 B, count=1, average=4096 B",
                                               "up to 128 B: size=65 B, count=1, average=65 B"}));
  EXPECT_EQ(first(KeyType::birth), (Lines{"game frames 300 to 399: size=4096 B, count=1, average=4096 B",
                                          "game frame 0: size=65 B, count=1, average=65 B"}));
}

TEST(Snapshot, GroupsBirthsByTheirFirstDigit) {
  const std::pair<uint32_t, const char*> expected[] = {
      {7, "game frame 7"},
      {10, "game frames 10 to 19"},
      {99, "game frames 90 to 99"},
      {UINT32_MAX, "game frames 4000000000 to 4999999999"},
  };
  for (const auto& [born, name] : expected) {
    Trace trace;
    trace.size = 1;
    trace.born_game_frame = born;
    const auto groups = Snapshot::from_traces({trace}, 1).statistics(KeyType::birth);
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].traceback.to_string(), name);
  }
}

TEST(Snapshot, SumsFrameKeysOverTheWholeStackInCumulativeMode) {
  const auto statistics = native_snapshot().statistics(KeyType::module, true);
  EXPECT_EQ(statistics[0].to_string(), "game: size=12.0 KiB, count=3, average=4096 B");
}

TEST(Snapshot, RefusesCumulativeModeForKeysThatAreNotInEveryFrame) {
  for (const KeyType key : key_types()) {
    if (is_frame_key(key)) {
      EXPECT_NO_THROW(native_snapshot().statistics(key, true));
    } else {
      EXPECT_THROW(native_snapshot().statistics(key, true), std::invalid_argument);
    }
  }
}

TEST(Snapshot, GroupsPastSkippedFramesButKeepsThemInTheTraceback) {
  const Snapshot snapshot = native_snapshot().with_skip_list(SkipList::for_native_code());
  EXPECT_EQ(snapshot.statistics(KeyType::lineno)[0].traceback.to_string(), "mesh.cc:7");
  EXPECT_EQ(snapshot.statistics(KeyType::traceback)[0].traceback.size(), 3u);
  EXPECT_EQ(snapshot.filter_traces({Filter(true, "mesh.cc")}).traces().size(), 1u);
}

TEST(Snapshot, GroupsByTheMostRecentFrameWhereAllAreSkipped) {
  Trace trace;
  trace.traceback =
      Traceback{native_frame("a.cc", 1, "std::one"), native_frame("b.cc", 2, "operator new(unsigned long)")};
  const Snapshot snapshot = Snapshot::from_traces({trace}, 25).with_skip_list(SkipList::for_native_code());
  EXPECT_EQ(snapshot.statistics(KeyType::lineno)[0].traceback.to_string(), "b.cc:2");
}

TEST(Snapshot, TellsCodeWithoutLinesApartByOffsetAndGroupsItsModuleByFilename) {
  Trace near, far;
  near.traceback = Traceback{Frame(FrameDetails{"libfoo.so", 0, "", "", 0, 0x10})};
  far.traceback = Traceback{Frame(FrameDetails{"libfoo.so", 0, "", "", 0, 0x1f40})};
  const Snapshot snapshot = Snapshot::from_traces({near, far}, 25);
  EXPECT_EQ(snapshot.statistics(KeyType::lineno).size(), 2u);
  EXPECT_EQ(snapshot.statistics(KeyType::lineno)[0].traceback.to_string(), "libfoo.so+0x1f40");
  EXPECT_EQ(snapshot.statistics(KeyType::filename).size(), 1u);
}

TEST(Snapshot, RaisesWherePythonDoesForATracebackWithoutFrames) {
  const Snapshot snapshot = Snapshot::from_traces({Trace()}, 1);
  EXPECT_THROW(snapshot.statistics(KeyType::filename), std::out_of_range);
  EXPECT_EQ(snapshot.statistics(KeyType::lineno).size(), 1u);
  EXPECT_THROW(snapshot.filter_traces({Filter(true, "*")}), std::out_of_range);
}

TEST(Snapshot, GivesBackEveryFieldOfATrace) {
  Trace trace = make_trace(4294967295, 12, {{"a.cc", 1}}, 3);
  trace.address = 0x7f0000001000;
  trace.thread = 7;
  trace.born_game_frame = 9;
  trace.tag = "Audio";
  const Trace back = Snapshot::from_traces({trace}, 25).traces()[0];
  EXPECT_EQ(back, trace);
  EXPECT_EQ(back.address, trace.address);
  EXPECT_EQ(back.thread, 7u);
  EXPECT_EQ(back.born_game_frame, 9u);
  EXPECT_EQ(back.tag, "Audio");
}

TEST(StatisticDiffs, IsIndexedSlicedAndWalkedAsAListAndOutlivesItsSnapshots) {
  const StatisticDiffs diffs = second_snapshot().compare_to(first_snapshot(), KeyType::lineno);
  const std::vector<StatisticDiff> rows = diffs;
  ASSERT_EQ(diffs.size(), 5u);
  EXPECT_EQ(diffs, rows);
  EXPECT_EQ(diffs[0].to_string(), "a.py:5: size=5002 B (+5000 B), count=2 (+1), average=2501 B");
  EXPECT_EQ(diffs[-1], rows.back());
  EXPECT_EQ(diffs.slice(1, -1), std::vector<StatisticDiff>(rows.begin() + 1, rows.end() - 1));
  EXPECT_EQ(std::vector<StatisticDiff>(diffs.begin(), diffs.end()), rows);
  EXPECT_THROW(diffs[5], std::out_of_range);
  EXPECT_THROW(diffs[-6], std::out_of_range);
}

TEST(StatisticDiffs, OfTwoEmptySnapshotsIsEmpty) {
  const Snapshot empty = Snapshot::from_traces({}, 1);
  EXPECT_TRUE(empty.compare_to(empty, KeyType::lineno).empty());
  EXPECT_TRUE(empty.compare_to(Snapshot::from_traces({}, 1), KeyType::traceback).empty());
}

// A chain of neighbouring snapshots, with and without the knowledge of what they share.
class Sharing : public ::testing::Test {
 protected:
  static constexpr uint32_t kSites = 200;

  std::shared_ptr<const PagedSource> source_ = std::make_shared<PagedSource>([] {
    std::vector<Traceback> tracebacks;
    for (uint32_t i = 0; i < kSites; ++i) {
      tracebacks.push_back(
          {Frame("main.cc", 1), Frame(std::string("f").append(std::to_string(i % 7)).append(".cc"), i % 40)});
    }
    return tracebacks;
  }());
};

TEST_F(Sharing, ComparesLikeSetsThatShareNothing) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto below = [&](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  PagedTraceSet shared(source_, kSites, true), apart(source_, kSites, false);
  const auto freeze = [](const PagedTraceSet& set) {
    return SnapshotData::make_snapshot(std::make_shared<PagedTraceSet>(set), 25, SkipList());
  };
  Snapshot old_shared = freeze(shared);
  for (int round = 0; round < 30; ++round) {
    const Snapshot old_apart = freeze(apart);
    std::vector<std::pair<size_t, BlockRow>> changes;
    for (uint32_t i = below(20); i > 0; --i) {
      changes.push_back({below(500), {below(3), below(4) * 100, below(kSites), 0, below(3)}});
    }
    const PagedTraceSet previous = std::exchange(shared, shared.with_blocks(changes));
    apart = apart.with_blocks(changes);
    const Snapshot new_shared = freeze(shared);
    for (const KeyType key : key_types()) {
      for (const bool cumulative : {false, is_frame_key(key)}) {
        ASSERT_EQ(new_shared.compare_to(old_shared, key, cumulative),
                  freeze(apart).compare_to(old_apart, key, cumulative));
        ASSERT_EQ(new_shared.statistics(key, cumulative), freeze(apart).statistics(key, cumulative));
        // Backwards, out of the grouping that the newer one has by now.
        ASSERT_EQ(new_shared.compare_to(freeze(previous), key, cumulative),
                  freeze(apart).compare_to(old_apart, key, cumulative));
      }
    }
    old_shared = new_shared;
  }
}

TEST_F(Sharing, DerivesTheOlderGroupingFromTheNewerOne) {
  const PagedTraceSet empty(source_, kSites);
  const auto old_set = std::make_shared<PagedTraceSet>(empty.with_block(0, {1, 100, 3, 0, 0}));
  const auto new_set = std::make_shared<PagedTraceSet>(old_set->with_block(1, {2, 50, 4, 0, 0}));
  const Snapshot old_snapshot = SnapshotData::make_snapshot(old_set, 25, SkipList());
  const Snapshot new_snapshot = SnapshotData::make_snapshot(new_set, 25, SkipList());
  new_snapshot.statistics(KeyType::lineno);
  const auto diffs = new_snapshot.compare_to(old_snapshot, KeyType::lineno);
  ASSERT_EQ(diffs.size(), 2u);
  EXPECT_EQ(diffs[0].to_string(), "f4.cc:4: size=50 B (+50 B), count=1 (+1), average=50 B");
  EXPECT_EQ(old_snapshot.statistics(KeyType::lineno).size(), 1u);
}

TEST(Snapshot, AnswersSeveralThreadsAtATime) {
  const Snapshot snapshot = first_snapshot();
  std::vector<std::vector<Statistic>> answers(4);
  std::vector<std::thread> threads;
  for (auto& answer : answers) threads.emplace_back([&] { answer = snapshot.statistics(KeyType::lineno, true); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& answer : answers) EXPECT_EQ(answer, first_snapshot().statistics(KeyType::lineno, true));
}

}  // namespace
}  // namespace heapreel::testing
