// A random reel is followed in random steps, and begun in its midst.
#include <fstream>
#include <optional>

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

// Bytes that this process has read by system calls; nothing where the kernel does not say.
std::optional<uint64_t> bytes_read() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t bytes = 0;
  if (io >> name >> bytes && name == "rchar:") return bytes;
  return std::nullopt;
}

TEST_F(ReelFollowerTest, AnUpdateReadsWhatIsNewAndNothingElse) {
  if (!bytes_read()) GTEST_SKIP() << "/proc/self/io cannot be read";
  std::mt19937_64 random(5);
  record_random(random);
  if (HasFatalFailure()) return;
  const std::string bytes = content_of(path());
  GrownReel grown(path() + ".grown");
  const size_t half = bytes.size() / 2;
  grown.add(std::string_view(bytes).substr(0, half));
  Following following(grown.path());
  following.update();
  const uint64_t own = *bytes_read();
  const uint64_t of_asking = *bytes_read() - own;
  uint64_t before = *bytes_read();
  following.update();
  EXPECT_LE(*bytes_read() - before, of_asking + 1'000) << "nothing is new";
  // Were each look to read the reel from its beginning, these would read some eighty times what is new.
  constexpr size_t kNew = 250;
  uint64_t all_looks = 0;
  for (size_t at = half; at < bytes.size(); at += kNew) {
    ASSERT_NO_FATAL_FAILURE(grown.add(std::string_view(bytes).substr(at, kNew)));
    before = *bytes_read();
    following.update();
    all_looks += *bytes_read() - before - of_asking;
  }
  // Sections are read once to find where a game frame ends, and once to take them in.
  EXPECT_LE(all_looks, 8 * (bytes.size() - half));
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
