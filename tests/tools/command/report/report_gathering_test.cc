// A reel that is followed while it is written ends in the same page as one that is read when it is finished.
#include "tools/command/report/report_gathering.h"

#include "tests/snapshot/reel/read/grown_reel.h"

namespace heapreel::tools {
namespace {

using heapreel::testing::content_of;
using heapreel::testing::GrownReel;

class ReportGatheringTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string golden() { return std::string(GOLDEN_VECTORS) + "/" + GetParam() + ".reel"; }
};

TEST_P(ReportGatheringTest, FollowingComesToTheSamePage) {
  const std::string bytes = content_of(golden());
  const SkipList skip_list = SkipList::for_native_code();
  const ReportData expected = ReportData::of(Reel::open(golden()), golden(), skip_list);
  for (const size_t step : {size_t{7}, size_t{150}, size_t{900}}) {
    GrownReel grown(::testing::TempDir() + "gathering." + std::to_string(getpid()) + "." + GetParam() + ".reel");
    size_t at = 200;
    grown.add(std::string_view(bytes).substr(0, at));
    ReelFollower follower(grown.path());
    std::optional<ReportGathering> gathering(std::in_place, follower.reel(), skip_list);
    const auto look = [&] {
      if (follower.update() == ReelFollower::News::kAnew) gathering.emplace(follower.reel(), skip_list);
      if (gathering->take_in()) return;
      gathering.emplace(follower.reel(), skip_list);
      ASSERT_TRUE(gathering->take_in());
    };
    for (; at < bytes.size(); at += step) {
      grown.add(std::string_view(bytes).substr(at, step));
      look();
    }
    grown.close_file();
    look();
    ASSERT_TRUE(gathering->has_game_frame());
    const ReportData data = gathering->data(golden());
    EXPECT_EQ(data.head, expected.head) << "step " << step;
    EXPECT_TRUE(data.body == expected.body) << "step " << step;
  }
}

// The live page forgets in this way.
TEST_P(ReportGatheringTest, WhoForgetsWhatWasReadComesToTheSamePage) {
  const std::string bytes = content_of(golden());
  const SkipList skip_list = SkipList::for_native_code();
  const ReportData expected = ReportData::of(Reel::open(golden()), golden(), skip_list);
  GrownReel grown(::testing::TempDir() + "forgetting." + std::to_string(getpid()) + "." + GetParam() + ".reel");
  size_t at = 200;
  grown.add(std::string_view(bytes).substr(0, at));
  ReelFollower follower(grown.path(), {}, 2);
  std::optional<ReportGathering> gathering(std::in_place, follower.reel(), skip_list);
  const auto look = [&] {
    do {
      if (follower.update() == ReelFollower::News::kAnew) gathering.emplace(follower.reel(), skip_list);
      if (!gathering->take_in()) {
        const uint32_t end = gathering->end();
        follower.begin_again();
        gathering.emplace(follower.reel(), skip_list, ReportRows::Limits{}, end);
        ASSERT_TRUE(gathering->take_in());
      }
      const ReportGathering::Passed passed = gathering->passed();
      follower.forget_before(passed.still, passed.row);
    } while (follower.has_more());
  };
  for (; at < bytes.size(); at += 700) {
    grown.add(std::string_view(bytes).substr(at, 700));
    look();
  }
  grown.close_file();
  look();
  ASSERT_TRUE(gathering->has_game_frame());
  const ReportData data = gathering->data(golden());
  EXPECT_EQ(data.head, expected.head);
  EXPECT_TRUE(data.body == expected.body);
}

TEST_P(ReportGatheringTest, EveryLookHasAPageOfWhatIsThere) {
  const std::string bytes = content_of(golden());
  GrownReel grown(::testing::TempDir() + "looks." + std::to_string(getpid()) + "." + GetParam() + ".reel");
  grown.add(std::string_view(bytes).substr(0, 200));
  ReelFollower follower(grown.path());
  const SkipList skip_list = SkipList::for_native_code();
  std::optional<ReportGathering> gathering(std::in_place, follower.reel(), skip_list);
  for (size_t at = 200; at < bytes.size(); at += 300) {
    grown.add(std::string_view(bytes).substr(at, 300));
    if (follower.update() == ReelFollower::News::kAnew) gathering.emplace(follower.reel(), skip_list);
    if (!gathering->take_in()) {
      gathering.emplace(follower.reel(), skip_list);
      gathering->take_in();
    }
    if (!gathering->has_game_frame()) continue;
    // What was read already and what is read in one go say the same in the sentences, which name every moment.
    ReportGathering whole(follower.reel(), skip_list);
    whole.take_in();
    EXPECT_EQ(gathering->data("test.reel").head, whole.data("test.reel").head) << "at byte " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReportGatheringTest, ::testing::Values("golden", "golden_groups", "golden_run"));

}  // namespace
}  // namespace heapreel::tools
