// A random reel is followed in random steps, and begun in its midst.
#include "tests/snapshot/random_reel.h"
#include "tests/snapshot/reel/read/grown_reel.h"

namespace heapreel::testing {
namespace {

class ReelFollowerTest : public RandomReelTest {};

TEST_F(ReelFollowerTest, ComesToTheWholeReelByRandomSteps) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;
  const std::string bytes = content_of(path());
  GrownReel grown(path() + ".grown");
  size_t at = std::min<size_t>(bytes.size(), 1000);
  grown.add(std::string_view(bytes).substr(0, at));
  Following following(grown.path());
  while (at < bytes.size()) {
    const size_t step = 1 + random() % 5'000;
    ASSERT_NO_FATAL_FAILURE(grown.add(std::string_view(bytes).substr(at, step)));
    at += std::min(step, bytes.size() - at);
    following.update();
  }
  grown.close_file();
  following.update();
  expect_same(following, Reel::open(path()));
}

TEST_F(ReelFollowerTest, AReplayThatBeginsLaterTellsTheSame) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;
  const Reel reel = Reel::open(path());
  std::vector<SeenRow> all;
  ReelReplay whole = reel.replay();
  see_more(whole, all);
  for (size_t row = 0; row < reel.game_frames().size(); ++row) {
    std::vector<SeenRow> seen;
    ReelReplay replay = reel.replay();
    replay.start_before(row);
    see_more(replay, seen);
    ASSERT_FALSE(seen.empty());
    EXPECT_LE(seen.front().row, row);
    ASSERT_LE(seen.size(), all.size());
    // The first one tells of all that lives as its own.
    for (size_t back = 1; back < seen.size(); ++back) {
      EXPECT_TRUE(seen[seen.size() - back] == all[all.size() - back]) << "row " << seen[seen.size() - back].row;
    }
  }
}

}  // namespace
}  // namespace heapreel::testing
