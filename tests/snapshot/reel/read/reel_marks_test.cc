// The state at a mark is what lived when the mark was made, not what lives when its game frame ends.
#include <stdexcept>

#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using Sizes = std::vector<uint64_t>;

class ReelMarksTest : public ReelTest {
 protected:
  static Sizes sizes(const ReelTraceSet& set) {
    Sizes sizes;
    set.for_each_block([&](const BlockRow& block) { sizes.push_back(block.size); });
    std::ranges::sort(sizes);
    return sizes;
  }
};

TEST_F(ReelMarksTest, AMarkIsTheStateAtTheMarkAndNotAtTheEndOfItsGameFrame) {
  start_without_thread();
  record();
  alloc(0x1000, 10);
  end_game_frame();
  alloc(0x2000, 20);
  engine::mark("loaded");
  free(0x1000);
  alloc(0x3000, 30);
  engine::mark("loaded");
  free(0x2000);
  end_game_frame();
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  ASSERT_EQ(reel.marks().size(), 2u);
  EXPECT_TRUE(reel.has_mark_states());
  EXPECT_EQ(sizes(*reel.at_mark(0)), (Sizes{10, 20}));
  EXPECT_EQ(sizes(*reel.at_mark(1)), (Sizes{20, 30}));
  EXPECT_EQ(sizes(*reel.at(1)), (Sizes{30}));
  EXPECT_EQ(reel.at_mark(1)->game_frame(), 1u);
  EXPECT_EQ(reel.verify(), std::vector<std::string>());
}

TEST_F(ReelMarksTest, MarksBeforeTheFirstGameFrameAndAfterTracesWereClearedHaveTheirStates) {
  start_without_thread();
  record();
  alloc(0x1000, 10);
  engine::mark("first");
  alloc(0x2000, 20);
  engine::mark("second");
  free(0x1000);
  end_game_frame();
  engine::clear_traces();
  alloc(0x4000, 40);
  engine::mark("third");
  free(0x4000);
  engine::mark("fourth");
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  ASSERT_EQ(reel.marks().size(), 4u);
  EXPECT_EQ(sizes(*reel.at_mark(3)), Sizes{});
  EXPECT_EQ(sizes(*reel.at_mark(2)), (Sizes{40}));
  EXPECT_EQ(sizes(*reel.at_mark(1)), (Sizes{10, 20}));
  EXPECT_EQ(sizes(*reel.at_mark(0)), (Sizes{10}));
}

TEST_F(ReelMarksTest, ManyMarksInOneGameFrameCostWhatChangesBetweenThem) {
  start_without_thread();
  record({.least_key_distance = 1 << 19}, SIZE_MAX);  // all states find room
  constexpr uintptr_t kBlocks = 5'000;
  for (uintptr_t block = 0; block < kBlocks; ++block) alloc(0x10'0000 + block * 64, 64);
  engine::mark("loaded");
  round();
  const auto size_of_one = static_cast<uint64_t>(kBlocks);  // bytes: at least one for each block
  for (uintptr_t mark = 0; mark < 200; ++mark) {
    alloc(0x90'0000 + mark * 64, 64);
    engine::mark("step");
    round();
  }
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  for (size_t mark = 0; mark < reel.marks().size(); ++mark) {
    ASSERT_EQ(reel.at_mark(mark)->block_count(), kBlocks + mark);
  }
  EXPECT_LT(reel.info().file_bytes, 40 * size_of_one);
}

TEST_F(ReelMarksTest, AStateThatStartsFromManyChangesIsWrittenWhole) {
  start_without_thread();
  record({.least_key_distance = 10, .key_every = 0}, SIZE_MAX);  // all states find room
  std::vector<Sizes> expected;
  for (uintptr_t mark = 0; mark < 30; ++mark) {
    alloc(0x1000 + mark * 64, mark + 1);
    engine::mark("step");
    round();
  }
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  size_t whole = 0;
  for (const ReelMarkState& state : reel.source()->contents().marks().states()) whole += state.is_key ? 1 : 0;
  EXPECT_GT(whole, 1u);
  EXPECT_LT(whole, 30u);
  for (size_t mark = 30; mark-- > 0;) EXPECT_EQ(reel.at_mark(mark)->block_count(), mark + 1);
}

TEST_F(ReelMarksTest, AMarkAfterMergedGameFramesIsExactNevertheless) {
  start_without_thread();
  writer_ = std::make_unique<ReelWriter>(*engine::tracer_state());
  ASSERT_EQ(writer_->open(path(), {}), "");
  alloc(0x1000, 10);
  const engine::SnapshotHandle first = snapshot_now();
  alloc(0x2000, 20);
  const engine::SnapshotHandle merged = snapshot_now();
  alloc(0x3000, 30);
  const engine::SnapshotHandle marked = snapshot_now();
  engine::FrozenTraces still = *first.get();
  still.game_frame = still.totals.game_frames = 1;
  engine::FrozenTraces sums = *merged.get();
  sums.game_frame = sums.totals.game_frames = 2;
  engine::FrozenTraces at_mark = *marked.get();
  at_mark.game_frame = at_mark.totals.game_frames = 2;
  EXPECT_EQ(writer_->write_game_frame(nullptr, still), "");
  EXPECT_EQ(writer_->write_merged_game_frame(sums), "");
  EXPECT_EQ(writer_->write_mark("here", &still, at_mark), "");
  EXPECT_EQ(writer_->finish({.ending = ReelEnding::kExited}), "");
  const Reel reel = Reel::open(path());
  EXPECT_THROW(reel.at(1), ReelError);
  EXPECT_EQ(sizes(*reel.at_mark(0)), (Sizes{10, 20, 30}));
}

TEST_F(ReelMarksTest, WhatIsKnownOfGameFramesAloneIsSaidToBeUnknown) {
  start_without_thread();
  record();
  alloc(0x1000, 10);
  engine::mark("here");
  end_game_frame();
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  const auto set = reel.at_mark(0);
  const auto nothing = [](const GroupHistory&) {};
  EXPECT_THROW(set->for_each_group_history(KeyType::thread, nothing), std::invalid_argument);
  EXPECT_THROW(set->cross_thread_frees(), std::invalid_argument);
  EXPECT_FALSE(set->domain_peaks());
}

TEST_F(ReelMarksTest, AMarkThatFindsNoRoomKeepsItsSumsAndShowsNoState) {
  start_without_thread();
  record({}, 0);
  alloc(0x1000, 10);
  engine::mark("here");
  end_game_frame();
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_TRUE(reel.has_mark_states());
  ASSERT_EQ(reel.marks().size(), 1u);
  EXPECT_FALSE(reel.marks()[0].has_state);
  EXPECT_EQ(reel.marks()[0].sums.totals.live_bytes, 10u);
  EXPECT_THROW(reel.at_mark(0), ReelError);
  EXPECT_EQ(reel.verify(), std::vector<std::string>());
}

}  // namespace
}  // namespace heapreel::testing
