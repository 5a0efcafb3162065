// tests/vectors/golden_marks.reel, which write_golden_marks made, read to the blocks that lived at each of its marks.
#include <gtest/gtest.h>

#include <algorithm>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

std::vector<uint64_t> sizes(const ReelTraceSet& set) {
  std::vector<uint64_t> sizes;
  set.for_each_block([&](const BlockRow& block) { sizes.push_back(block.size); });
  std::ranges::sort(sizes);
  return sizes;
}

TEST(GoldenMarksTest, EveryMarkShowsWhatLivedAtIt) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_marks.reel");
  EXPECT_EQ(reel.info().unknown_sections, 0u);
  EXPECT_TRUE(reel.verify().empty());
  struct Expected {
    const char* name;
    uint32_t game_frame;
    std::vector<uint64_t> sizes;
  };
  const Expected expected[] = {{"started", 0, {10}},       {"loaded", 1, {20}},    {"loaded", 1, {20, 30}},
                               {"without a state", 1, {}}, {"größe", 1, {30, 40}}, {"loaded", 3, {40, 50, 60}},
                               {"cleared", 4, {70}}};
  ASSERT_EQ(reel.marks().size(), std::size(expected));
  for (size_t mark = 0; mark < std::size(expected); ++mark) {
    EXPECT_EQ(reel.marks()[mark].name, expected[mark].name);
    EXPECT_EQ(reel.marks()[mark].game_frame, expected[mark].game_frame);
    ASSERT_EQ(reel.marks()[mark].has_state, mark != 3) << mark;
    if (mark == 3) continue;
    EXPECT_EQ(sizes(*reel.at_mark(mark)), expected[mark].sizes) << mark;
  }
  EXPECT_EQ(sizes(*reel.at(1)), (std::vector<uint64_t>{30, 40}));
}

TEST(GoldenMarksTest, AReelFromBeforeHasMarksThatAreGameFrames) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_all.reel");
  EXPECT_FALSE(reel.has_mark_states());
  ASSERT_EQ(reel.marks().size(), 1u);
  EXPECT_FALSE(reel.marks()[0].has_state);
  EXPECT_THROW(reel.at_mark(0), ReelError);
}

}  // namespace
}  // namespace heapreel::testing
