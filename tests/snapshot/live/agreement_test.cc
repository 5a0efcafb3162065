// Comparisons that skip what two snapshots share, against the plain ones.
#include "tests/snapshot/agreement.h"

#include <gtest/gtest.h>

#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/named_trace_set.h"
#include "tests/snapshot/paged_trace_set.h"
#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

std::vector<std::vector<TraceFilter>> frame_filters() {
  return {{},
          {Filter(true, "f1.cc")},
          {Filter(false, "f2.cc", std::nullopt, true)},
          {Filter(true, "f*", std::nullopt, true), Filter(false, "f3.cc"), DomainFilter(false, 1)},
          {Filter(false, "*")}};
}

constexpr uint32_t kTracebacks = 150;

// Few values of everything, so that groups tie, come and go.
std::shared_ptr<const PagedSource> make_names() {
  const auto frame = [](uint32_t file, uint32_t line) {
    return Frame(FrameDetails{.filename = "f" + std::to_string(file) + ".cc",
                              .lineno = line,
                              .function = line % 5 == 0 ? "" : "g" + std::to_string(line % 9),
                              .module = file % 4 == 0 ? "" : "m" + std::to_string(file % 3),
                              .address = 0,
                              .offset = file * 16});
  };
  std::vector<Traceback> made;
  for (uint32_t i = 0; i < kTracebacks; ++i) {
    made.push_back(Traceback({frame(0, 1), frame(i % 7, i % 40), frame(i % 5, i % 3)}, i % 2 == 0 ? 3u : 9u));
  }
  return std::make_shared<PagedSource>(std::move(made));
}

class PagedAgreement : public ::testing::Test {
 protected:
  static constexpr uint32_t kSites = kTracebacks;

  // Some blocks come, some go, some sizes change; sometimes a few, sometimes most of them.
  PagedTraceSet changed(const PagedTraceSet& set) {
    std::vector<std::pair<size_t, BlockRow>> changes;
    for (uint32_t i = below(below(4) == 0 ? 400 : 12); i > 0; --i) {
      changes.push_back({below(500), {below(3), below(4) * 100, below(kSites), 0, below(3)}});
    }
    return set.with_blocks(changes);
  }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  const uint32_t seed_ = agreement_seed();
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "HEAPREEL_TEST_SEED=" + std::to_string(seed_)};
  std::mt19937 random_{seed_};
  Agreement agreement_{seed_};
  std::shared_ptr<const PagedSource> source_ = make_names();
};

TEST_F(PagedAgreement, AnyTwoOfAChainOfGameFramesCompareAsTheirBlocksDo) {
  agreement_.filter_by(frame_filters());
  std::vector<std::shared_ptr<const PagedTraceSet>> chain = {std::make_shared<PagedTraceSet>(source_, kSites)};
  int told = 0;
  for (int round = 0; round < 25 && !HasFailure(); ++round) {
    chain.push_back(std::make_shared<PagedTraceSet>(changed(*chain.back())));
    told += agreement_.expect(chain[chain.size() - 2], chain.back());
    told += agreement_.expect(chain[below(static_cast<uint32_t>(chain.size()))],
                              chain[below(static_cast<uint32_t>(chain.size()))]);
  }
  EXPECT_GT(told, 0) << "nothing was compared by what differs";
}

TEST_F(PagedAgreement, SkipListsGroupAlikeWhateverIsShared) {
  SkipList skip_list;
  skip_list.skip_filename("f2*");
  skip_list.skip_function("g1");
  agreement_.skip(skip_list);
  auto set = std::make_shared<PagedTraceSet>(source_, kSites);
  for (int round = 0; round < 15 && !HasFailure(); ++round) {
    auto next = std::make_shared<PagedTraceSet>(changed(*set));
    agreement_.expect(set, next);
    set = next;
  }
}

TEST_F(PagedAgreement, SetsThatShareNothingCompareAsTheirBlocksDo) {
  agreement_.filter_by(frame_filters());
  for (int round = 0; round < 15 && !HasFailure(); ++round) {
    const PagedTraceSet empty(source_, kSites, false);
    const auto old_set = std::make_shared<PagedTraceSet>(changed(changed(empty)));
    EXPECT_EQ(agreement_.expect(old_set, std::make_shared<PagedTraceSet>(changed(*old_set))), 0);
    const PagedTraceSet stranger(make_names(), kSites);
    EXPECT_EQ(agreement_.expect(old_set, std::make_shared<PagedTraceSet>(changed(stranger))), 0);
  }
}

// A chain in which every snapshot is compared with the one before, whose own grouping was made out of its neighbour's.
TEST_F(PagedAgreement, GroupingsThatWereDerivedTwentyTimesOverStayRight) {
  PagedTraceSet set(source_, kSites);
  Snapshot before = SnapshotData::make_snapshot(std::make_shared<PagedTraceSet>(set), 25, SkipList());
  for (int round = 0; round < 20; ++round) {
    set = changed(set);
    const Snapshot now = SnapshotData::make_snapshot(std::make_shared<PagedTraceSet>(set), 25, SkipList());
    now.compare_to(before, KeyType::lineno);
    before = now;
  }
  EXPECT_EQ(before.statistics(KeyType::lineno), PlainBlocks(set).statistics(KeyType::lineno, false, SkipList()));
}

class RecordedAgreement : public ReelTest {
 protected:
  std::shared_ptr<const TraceSet> named(std::shared_ptr<const TraceSet> traces) const {
    return std::make_shared<NamedTraceSet>(std::move(traces), names_);
  }

  const uint32_t seed_ = agreement_seed();
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "HEAPREEL_TEST_SEED=" + std::to_string(seed_)};
  std::mt19937 random_{seed_};
  Agreement agreement_{seed_};
  const std::shared_ptr<const PagedSource> names_ = make_names();
};

TEST_F(RecordedAgreement, FrozenStatesOfATracerCompareAsTheirBlocksDo) {
  agreement_.filter_by(frame_filters());
  start_without_thread();
  RandomHistory history(0, seed_);
  std::vector<std::shared_ptr<const TraceSet>> states;
  int told = 0;
  for (int round = 0; round < 12 && !HasFailure(); ++round) {
    history.step(round % 3 == 0 ? 600 : 20);
    states.push_back(named(std::make_shared<FrozenTraceSet>(snapshot_now())));
    told += agreement_.expect(states[random_() % states.size()], states.back());
  }
  EXPECT_GT(told, 0) << "nothing was compared by what differs";
}

TEST_F(RecordedAgreement, StillsOfAReelCompareAsTheirBlocksDoAcrossKeysAndGenerations) {
  agreement_.filter_by(frame_filters());
  start_without_thread();
  record({.least_key_distance = 1}, 1'000);
  constexpr uint32_t kGameFrames = 24;
  RandomHistory history(0, seed_);
  for (uint32_t frame = 0; frame < kGameFrames; ++frame) {
    history.step(frame % 5 == 0 ? 400 : 10);
    if (frame == 15) engine::clear_traces();
    end_game_frame();
  }
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  int told = 0;
  for (int pair = 0; pair < 20 && !HasFailure(); ++pair) {
    const auto first = named(reel.at(static_cast<uint32_t>(random_() % kGameFrames)));
    const auto second = named(reel.at(static_cast<uint32_t>(random_() % kGameFrames)));
    told += agreement_.expect(first, second);
  }
  EXPECT_GT(told, 0) << "nothing was compared by what differs";
}

TEST_F(RecordedAgreement, AStillMadeOutOfAHeldOneIsTheOneReadFromTheFile) {
  start_without_thread();
  record({}, 1'000);
  RandomHistory history(0, seed_);
  for (int frame = 0; frame < 12; ++frame) {
    history.step(100);
    end_game_frame();
  }
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  const auto held = reel.at(3);
  const StateFacts held_before = StateFacts::of(*held);
  const auto derived = reel.at(9);
  EXPECT_TRUE(StateFacts::of(*derived) == StateFacts::of(*Reel::open(path()).at(9)));
  EXPECT_TRUE(StateFacts::of(*held) == held_before);
  EXPECT_EQ(reel.at(9), derived);
}

}  // namespace
}  // namespace heapreel::testing
