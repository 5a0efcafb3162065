// Births, deaths and churn by game frame, on snapshots of the tracer and of a reel, against brute force over every
// life.
#include <heapreel/lifetimes.h>

#include <gtest/gtest.h>

#include <barrier>
#include <cstdlib>
#include <thread>

#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/model/block_subset.h"
#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/life_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using Life = LifeHistory::Life;
using Figures = std::pair<int64_t, int64_t>;  // bytes, blocks
using Groups = std::map<std::string, Figures>;

constexpr KeyType kKeys[] = {KeyType::filename, KeyType::lineno,     KeyType::traceback,
                             KeyType::function, KeyType::module,     KeyType::domain,
                             KeyType::tag,      KeyType::size_class, KeyType::thread};
constexpr uint32_t kGameFrames = 24;

bool is_per_block(KeyType key) {
  return key == KeyType::thread || key == KeyType::size_class;
}

// The definition of each rule, word for word.
int weight(LifetimeRule rule, const LifetimeGameFrames& frames, const Life& life) {
  const uint64_t a = life.born, f = life.died == LifeHistory::kNever ? UINT64_MAX : life.died;
  const auto& [A, B, C, D] = frames;
  switch (rule) {
    case LifetimeRule::active_allocs:
      return a <= A && A < f;
    case LifetimeRule::before:
      return f < A;
    case LifetimeRule::after:
      return A <= a;
    case LifetimeRule::decline:
      return a < A && A <= f && f <= B;
    case LifetimeRule::growth:
      return A <= a && a <= B && B < f;
    case LifetimeRule::growth_vs_decline:
      return (A <= a && a <= B && B < f) - (a < A && A <= f && f <= B);
    case LifetimeRule::free_events:
      return A <= f && f <= B;
    case LifetimeRule::alloc_events:
      return A <= a && a <= B;
    case LifetimeRule::short_living:
      return A <= a && a <= f && f <= B;
    case LifetimeRule::long_living:
      return a < A && B < f;
    case LifetimeRule::memory_leaks:
      return A <= a && a <= B && C < f;
    case LifetimeRule::limited_lifetime:
      return A <= a && a <= B && B < f && f <= C;
    case LifetimeRule::decline_of_long_living:
      return a < A && B < f && f <= C;
    case LifetimeRule::specific_lifetime:
      return A <= a && a <= B && C < f && f <= D;
    case LifetimeRule::cross_thread_frees:
      return A <= f && f <= B && life.freed_by != life.thread;
  }
  return 0;
}

// Three threads at work while game frames end; a snapshot of each game frame's end, and a reel of all.
class LifetimesTest : public ReelTest {
 protected:
  void SetUp() override {
    const char* given = std::getenv("HEAPREEL_TEST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed_));
    random_.seed(seed_);
    start_without_thread();
    record({}, 1'000);
    spy_.keeps_facts = false;
    LifeHistory::make_code_known();
    round();
    engine::clear_traces();
    round();
    history_ = std::make_unique<LifeHistory>();
    run_threads();
    ASSERT_EQ(finish(), "");
    reel_ = std::make_unique<Reel>(Reel::open(path()));
    from_tracer_ = [this](uint64_t game_frame) {
      const auto found = snapshots_.find(game_frame);
      return found == snapshots_.end() ? std::nullopt : std::optional(found->second);
    };
    from_reel_ = [this](uint64_t game_frame) { return std::optional(reel_->snapshot_at(game_frame)); };
  }
  void TearDown() override {
    snapshots_.clear();
    ReelTest::TearDown();
  }

  void run_threads() {
    constexpr int kThreads = 3;
    std::barrier boundary(kThreads + 1);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, random = std::mt19937_64(random_())]() mutable {
        for (uint32_t frame = 0; frame < kGameFrames; ++frame) {
          for (int step = 0; step < 60; ++step) history_->step(random);
          boundary.arrive_and_wait();
          boundary.arrive_and_wait();
        }
      });
    }
    for (uint32_t frame = 0; frame < kGameFrames; ++frame) {
      boundary.arrive_and_wait();
      end_game_frame();
      snapshots_.emplace(frame, snapshot_of(snapshot_now()));
      history_->set_game_frame(frame + 1);
      boundary.arrive_and_wait();
    }
    for (std::thread& thread : threads) thread.join();
  }

  static Snapshot snapshot_of(engine::SnapshotHandle handle) {
    return SnapshotData::make_snapshot(std::make_shared<const FrozenTraceSet>(std::move(handle)), 256, SkipList());
  }

  LifetimeGameFrames random_game_frames() {
    std::vector<uint64_t> numbers(4);
    for (uint64_t& number : numbers) number = random_() % kGameFrames;
    std::ranges::sort(numbers);
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
  }

  Groups brute_force(LifetimeRule rule, const LifetimeGameFrames& frames, KeyType key) const {
    Groups groups;
    for (const Life& life : history_->lives()) {
      const int times = weight(rule, frames, life);
      if (times == 0) continue;
      Figures& sum = groups[history_->group_of(life, key)];
      sum.first += times * static_cast<int64_t>(life.size);
      sum.second += times;
    }
    std::erase_if(groups, [](const auto& group) { return group.second == Figures{}; });
    return groups;
  }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  std::unique_ptr<LifeHistory> history_;
  std::map<uint64_t, Snapshot> snapshots_;  // at the end of each game frame
  std::unique_ptr<Reel> reel_;
  SnapshotAtEndOf from_tracer_;
  SnapshotAtEndOf from_reel_;
};

Groups groups_of(const std::vector<LifetimeStatistic>& statistics, KeyType key) {
  Groups groups;
  for (const LifetimeStatistic& row : statistics) {
    EXPECT_TRUE(groups.emplace(LifeHistory::name_of(row.traceback, key), Figures{row.size, row.count}).second);
  }
  return groups;
}

TEST_F(LifetimesTest, EveryRuleIsItsDefinitionByEveryKeyInTracerAndReel) {
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed_));
  size_t rows = 0;
  for (const LifetimeRuleInfo& info : lifetime_rules()) {
    for (int round = 0; round < 12; ++round) {
      const LifetimeGameFrames frames = random_game_frames();
      SCOPED_TRACE(std::string(info.name) + " " + std::to_string(frames.a) + " " + std::to_string(frames.b) + " " +
                   std::to_string(frames.c) + " " + std::to_string(frames.d));
      for (const KeyType key : kKeys) {
        if (info.counts_dead_blocks && is_per_block(key)) {
          EXPECT_THROW(lifetimes(info.rule, frames, kGameFrames, from_reel_, key), std::invalid_argument);
          continue;
        }
        const Groups expected = brute_force(info.rule, frames, key);
        rows += expected.size();
        ASSERT_EQ(groups_of(lifetimes(info.rule, frames, kGameFrames, from_reel_, key), key), expected)
            << to_string(key);
        if (info.rule == LifetimeRule::after) continue;  // there is no snapshot of the game frame that never ended
        ASSERT_EQ(groups_of(lifetimes(info.rule, frames, kGameFrames, from_tracer_, key), key), expected)
            << to_string(key);
      }
    }
  }
  EXPECT_GT(rows, 1'000u) << "a history in which nothing happens proves nothing";
}

TEST_F(LifetimesTest, StatisticsAndComparisonsByEveryKeyAddUpTheLiveBlocks) {
  for (int round = 0; round < 6; ++round) {
    const auto [A, B, unused_c, unused_d] = random_game_frames();
    for (const KeyType key : kKeys) {
      const Groups then = brute_force(LifetimeRule::active_allocs, {.a = A}, key);
      const Groups now = brute_force(LifetimeRule::active_allocs, {.a = B}, key);
      for (const auto& [old, current] :
           {std::pair(reel_->snapshot_at(A), reel_->snapshot_at(B)), std::pair(snapshots_.at(A), snapshots_.at(B))}) {
        Groups found;
        for (const Statistic& row : current.statistics(key)) {
          found[LifeHistory::name_of(row.traceback, key)] = {row.size, row.count};
        }
        EXPECT_EQ(found, now) << to_string(key);
        Groups gone = then;
        for (const StatisticDiff& row : current.compare_to(old, key)) {
          const std::string name = LifeHistory::name_of(row.traceback, key);
          const Figures before = then.contains(name) ? then.at(name) : Figures{};
          const Figures after = now.contains(name) ? now.at(name) : Figures{};
          EXPECT_EQ(Figures(row.size, row.count), after) << to_string(key) << " " << name;
          EXPECT_EQ(Figures(row.size_diff, row.count_diff),
                    Figures(after.first - before.first, after.second - before.second));
          gone.erase(name);
        }
        EXPECT_TRUE(gone.empty()) << to_string(key);
      }
    }
  }
}

TEST_F(LifetimesTest, RowsComeLargestFirst) {
  const auto rows =
      lifetimes(LifetimeRule::growth_vs_decline, {.a = 3, .b = 20}, kGameFrames, from_reel_, KeyType::traceback);
  ASSERT_GT(rows.size(), 3u);
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_GE(std::llabs(rows[i - 1].size), std::llabs(rows[i].size));
}

TEST_F(LifetimesTest, BornNarrowsASnapshotToThoseGameFrames) {
  for (int round = 0; round < 20; ++round) {
    const auto [A, B, C, unused] = random_game_frames();
    for (const Snapshot& born : {snapshots_.at(C).born(A, B), reel_->snapshot_at(C).born(A, B)}) {
      Groups expected = brute_force(LifetimeRule::memory_leaks, {A, B, C, 0}, KeyType::tag);
      for (const Statistic& row : born.statistics(KeyType::tag)) {
        EXPECT_EQ(expected[row.traceback.to_string()],
                  (Figures{static_cast<int64_t>(row.size), static_cast<int64_t>(row.count)}));
        expected.erase(row.traceback.to_string());
      }
      EXPECT_TRUE(expected.empty());
      for (const Trace& trace : born.traces()) {
        EXPECT_GE(trace.born_game_frame, A);
        EXPECT_LE(trace.born_game_frame, B);
      }
    }
  }
}

TEST_F(LifetimesTest, ChurnCountsWhatCameAndWent) {
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed_));
  for (int round = 0; round < 20; ++round) {
    const auto [A, B, unused_c, unused_d] = random_game_frames();
    for (const KeyType key : kKeys) {
      const auto from_reel = [&, a = A, b = B] {
        return reel_->snapshot_at(b).churn_since(reel_->snapshot_at(a), key);
      };
      std::map<std::string, ChurnStatistic> expected;
      for (const Life& life : history_->lives()) {
        ChurnStatistic& sum = expected[history_->group_of(life, key)];
        if (life.born > A && life.born <= B) {
          ++sum.allocs;
          sum.alloc_bytes += life.size;
          sum.reallocs += life.moved_into ? 1 : 0;
        }
        if (life.died > A && life.died <= B) {
          ++sum.frees;
          sum.freed_bytes += life.size;
        }
      }
      std::erase_if(expected, [](const auto& group) { return group.second.allocs + group.second.frees == 0; });
      for (const auto& rows : {from_reel(), snapshots_.at(B).churn_since(snapshots_.at(A), key)}) {
        EXPECT_EQ(rows.size(), expected.size());
        for (ChurnStatistic row : rows) {
          const std::string name = LifeHistory::name_of(row.traceback, key);
          row.traceback = {};
          EXPECT_EQ(row, expected[name]) << to_string(key) << " " << name << " in " << A << ".." << B;
        }
      }
    }
  }
}

TEST_F(LifetimesTest, ChurnKeepsToTheFilters) {
  Filter physics(true, "*");
  physics.tag_pattern = "Physics";
  const auto churn_of = [&](const Snapshot& old) {
    return reel_->snapshot_at(20).filter_traces({physics}).churn_since(old, KeyType::tag);
  };
  const auto filtered = churn_of(reel_->snapshot_at(4));
  std::vector<ChurnStatistic> expected = reel_->snapshot_at(20).churn_since(reel_->snapshot_at(4), KeyType::tag);
  std::erase_if(expected, [](const ChurnStatistic& row) { return row.traceback.to_string() == "<no tag>"; });
  EXPECT_EQ(filtered.size(), 2u);
  EXPECT_EQ(filtered, expected);
  EXPECT_EQ(churn_of(reel_->snapshot_at(4).filter_traces({DomainFilter(true, 77)})), expected);
}

TEST_F(LifetimesTest, ChurnByThreadKeepsToAChoiceOfThreads) {
  for (const auto& [old, last] :
       {std::pair(reel_->snapshot_at(4), reel_->snapshot_at(20)), std::pair(snapshots_.at(4), snapshots_.at(20))}) {
    std::vector<ChurnStatistic> expected;
    const uint32_t chosen = SnapshotData::of(last)->blocks().front().thread;
    const std::string name = SnapshotData::of(last)->source().thread_name(chosen);
    for (const ChurnStatistic& row : last.churn_since(old, KeyType::thread)) {
      if (row.traceback.to_string() == name) expected.push_back(row);
    }
    ASSERT_EQ(expected.size(), 1u);
    const auto of_thread = [&](const Snapshot& snapshot) {
      const auto& set = SnapshotData::of(snapshot)->shared_set();
      const auto is_chosen = [&, source = set->source()](uint32_t thread) {
        return source->thread_name(thread) == name;
      };
      return SnapshotData::make_snapshot(BlockSubset::of_threads(set, is_chosen), 256, SkipList());
    };
    EXPECT_EQ(of_thread(last).churn_since(old, KeyType::thread), expected);
    EXPECT_EQ(of_thread(last).churn_since(of_thread(old), KeyType::thread), expected);
    EXPECT_THROW(of_thread(last).churn_since(old, KeyType::size_class), std::invalid_argument);
    EXPECT_THROW(of_thread(last).churn_since(old, KeyType::tag), std::invalid_argument);
  }
}

TEST_F(LifetimesTest, ChurnByThreadOfAFilteredSnapshotIsRefusedWithWhatToAskInstead) {
  for (const KeyType key : {KeyType::thread, KeyType::size_class}) {
    for (const Snapshot& last : {snapshots_.at(20), reel_->snapshot_at(20)}) {
      const Snapshot filtered = last.filter_traces({DomainFilter(true, 0)});
      try {
        filtered.churn_since(last, key);
        ADD_FAILURE() << "it was answered";
      } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find("ask without filters, or by a key that sites have"), std::string::npos)
            << error.what();
      }
      // What an older snapshot was filtered by does not matter.
      EXPECT_EQ(last.churn_since(filtered, key), std::vector<ChurnStatistic>());
    }
  }
}

TEST_F(LifetimesTest, CumulativeChurnCountsEveryFrameOfTheStack) {
  const Snapshot last = reel_->snapshot_at(20);
  uint64_t allocs = 0;
  for (const ChurnStatistic& row : last.churn_since(reel_->snapshot_at(4), KeyType::lineno)) allocs += row.allocs;
  uint64_t frames = 0;
  for (const ChurnStatistic& row : last.churn_since(reel_->snapshot_at(4), KeyType::lineno, true)) frames += row.allocs;
  EXPECT_EQ(frames, 2 * allocs);
}

TEST_F(LifetimesTest, WhatHasNoCommonHistoryIsRefused) {
  const Snapshot reel = reel_->snapshot_at(5);
  const Snapshot made = Snapshot::from_traces({}, 1);
  EXPECT_THROW(reel.churn_since(snapshots_.at(4), KeyType::tag), std::invalid_argument);
  EXPECT_THROW(made.churn_since(made, KeyType::tag), std::invalid_argument);
  EXPECT_THROW(reel.churn_since(reel.born(0, 5), KeyType::tag), std::invalid_argument);
  EXPECT_THROW(lifetimes(LifetimeRule::growth, {.a = 5, .b = 4}, 23, from_reel_, KeyType::tag), std::invalid_argument);
  EXPECT_THROW(lifetimes(
                   LifetimeRule::free_events, {.a = 1, .b = 4}, 23, [&](uint64_t) { return made; }, KeyType::tag),
               std::invalid_argument);
}

class ClearedTest : public ReelTest {};

TEST_F(ClearedTest, WhatClearTracesForgotWasNotFreed) {
  start_without_thread();
  record({}, 1'000);
  alloc(0x1000, 10);
  end_game_frame();
  engine::clear_traces();
  round();
  alloc(0x2000, 20);
  end_game_frame();
  alloc(0x3000, 30);
  end_game_frame();
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  const SnapshotAtEndOf at = [&](uint64_t game_frame) { return std::optional(reel.snapshot_at(game_frame)); };
  EXPECT_THROW(lifetimes(LifetimeRule::decline, {.a = 1, .b = 2}, 2, at, KeyType::tag), std::invalid_argument);
  EXPECT_THROW(reel.snapshot_at(2).churn_since(reel.snapshot_at(0), KeyType::tag), std::invalid_argument);
  const auto growth = lifetimes(LifetimeRule::growth, {.a = 1, .b = 2}, 2, at, KeyType::tag);
  ASSERT_EQ(growth.size(), 1u);
  EXPECT_EQ(growth[0].to_string(), "<no tag>: size=50 B, count=2");
}

}  // namespace
}  // namespace heapreel::testing
