// The golden reels followed while they are written, whatever part of them has been written at the moment of a look.
#include "tests/snapshot/reel/read/grown_reel.h"

namespace heapreel::testing {
namespace {

class GoldenFollowerTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string golden(const std::string& name) { return std::string(GOLDEN_VECTORS) + "/" + name + ".reel"; }
  std::string scratch() const {
    return ::testing::TempDir() + "follower." + std::to_string(getpid()) + "." + GetParam() + ".reel";
  }
};

// Of a few sections each, so that every kind of them is met half written.
TEST_P(GoldenFollowerTest, ComesToTheWholeReelByAnySteps) {
  const std::string bytes = content_of(golden(GetParam()));
  const Reel whole = Reel::open(golden(GetParam()));
  for (const size_t step : {size_t{1}, size_t{13}, size_t{1000}}) {
    GrownReel grown(scratch());
    std::optional<Following> following;
    for (size_t at = 0; at < bytes.size(); at += step) {
      ASSERT_NO_FATAL_FAILURE(grown.add(std::string_view(bytes).substr(at, step)));
      try {
        if (!following) following.emplace(grown.path());
      } catch (const ReelError&) {
        continue;  // there is no header yet
      }
      following->update();
    }
    ASSERT_TRUE(following.has_value());
    grown.close_file();
    following->update();
    EXPECT_TRUE(following->follower().is_over());
    expect_same(*following, whole);
  }
}

TEST_P(GoldenFollowerTest, ALookThatFindsNothingNewSaysSo) {
  const std::string bytes = content_of(golden(GetParam()));
  GrownReel grown(scratch());
  grown.add(std::string_view(bytes).substr(0, bytes.size() / 2));
  Following following(grown.path());
  EXPECT_EQ(following.update(), ReelFollower::News::kNone);
  EXPECT_FALSE(following.follower().is_over());
  grown.close_file();
  EXPECT_EQ(following.update(), ReelFollower::News::kMore);
  EXPECT_TRUE(following.follower().is_over());
  EXPECT_FALSE(following.follower().reel().info().complete);
}

// As whoever follows for hours: a few stills at a time, and what was read is forgotten.
TEST_P(GoldenFollowerTest, WhoForgetsWhatWasReadSeesTheSame) {
  const std::string bytes = content_of(golden(GetParam()));
  std::vector<SeenRow> expected;
  ReelReplay whole = Reel::open(golden(GetParam())).replay();
  see_more(whole, expected);
  for (const size_t most : {size_t{1}, size_t{3}}) {
    for (const size_t step : {size_t{400}, bytes.size()}) {
      GrownReel grown(scratch());
      size_t at = std::min(bytes.size(), size_t{200});
      grown.add(std::string_view(bytes).substr(0, at));
      ReelFollower follower(grown.path(), {}, most);
      std::vector<SeenRow> seen;
      std::unique_ptr<ReelReplay> replay(new ReelReplay(follower.reel().replay()));
      const auto read_on = [&] {
        do {
          if (follower.update() == ReelFollower::News::kAnew) {
            seen.clear();
            replay.reset(new ReelReplay(follower.reel().replay()));
          }
          see_more(*replay, seen);
          if (!seen.empty()) follower.forget_before(replay->position(), replay->row());
        } while (follower.has_more());
      };
      while (at < bytes.size()) {
        grown.add(std::string_view(bytes).substr(at, step));
        at += std::min(step, bytes.size() - at);
        read_on();
      }
      grown.close_file();
      read_on();
      EXPECT_TRUE(follower.is_over());
      EXPECT_TRUE(follower.reel().info().complete);
      EXPECT_EQ(seen.size(), expected.size()) << most << " at once, by " << step << " bytes";
      EXPECT_TRUE(seen == expected) << most << " at once, by " << step << " bytes";
      const ReelContents& contents = follower.reel().source()->contents();
      EXPECT_EQ(contents.row_count(), Reel::open(golden(GetParam())).game_frames().size());
      EXPECT_LE(follower.reel().game_frames().size(), 4u);
      EXPECT_LE(contents.stills().kept().size(), 5u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFollowerTest, ::testing::Values("golden", "golden_groups", "golden_run"));

TEST(FollowerTest, WhatIsDamagedEndsItAndWhatCameBeforeStands) {
  const std::string bytes = content_of(std::string(GOLDEN_VECTORS) + "/golden_groups.reel");
  for (size_t at = 200; at < bytes.size(); at += 97) {
    GrownReel grown(::testing::TempDir() + "damaged." + std::to_string(getpid()) + ".reel");
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    grown.add(std::string_view(damaged).substr(0, 150));
    std::optional<Following> following;
    try {
      following.emplace(grown.path());
      for (size_t from = 150; from < damaged.size(); from += 400) {
        grown.add(std::string_view(damaged).substr(from, 400));
        following->update();
      }
    } catch (const ReelError&) {
      continue;  // no header, or a state that is damaged: whoever reads it is told
    }
    grown.close_file();
    following->update();
    EXPECT_TRUE(following->follower().is_over());
    EXPECT_LE(following->seen().size(), following->follower().reel().game_frames().size());
  }
}

TEST(FollowerTest, AFileThatBecameShorterIsNotReadOn) {
  const std::string bytes = content_of(std::string(GOLDEN_VECTORS) + "/golden.reel");
  GrownReel grown(::testing::TempDir() + "shorter." + std::to_string(getpid()) + ".reel");
  grown.add(std::string_view(bytes).substr(0, bytes.size() * 3 / 4));
  Following following(grown.path());
  const size_t seen = following.seen().size();
  ASSERT_NE(seen, 0u);
  grown.cut_to(static_cast<off_t>(bytes.size() / 4));
  following.update();
  EXPECT_TRUE(following.follower().is_over());
  EXPECT_EQ(following.seen().size(), seen);
}

}  // namespace
}  // namespace heapreel::testing
