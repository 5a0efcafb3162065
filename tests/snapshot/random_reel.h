// A reel of random events, and the snapshots taken live at the end of each of its game frames.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <heapreel/key_type.h>

#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {

class RandomReelTest : public ReelTest {
 protected:
  static constexpr uint32_t kGameFrames = 40;
  static constexpr KeyType kKeys[] = {KeyType::filename, KeyType::lineno,     KeyType::traceback,
                                      KeyType::function, KeyType::module,     KeyType::domain,
                                      KeyType::tag,      KeyType::size_class, KeyType::thread};

  void TearDown() override;

  // The seed in HEAPREEL_TEST_SEED, or any other. Tests print it by SCOPED_TRACE.
  static uint64_t seed();

  // Writes the reel at path(), with key stills every so often.
  void record_random(std::mt19937_64& random);

  // Twice as many game frames as there are, in any order, some of them held: each is the live snapshot.
  void expect_shows_any(const Reel& reel, std::mt19937_64& random);
  void expect_shows(const Reel& reel, uint32_t game_frame);
  // Marks likewise.
  void expect_shows_any_mark(const Reel& reel, std::mt19937_64& random);

  std::vector<Snapshot> snapshots_;  // at the end of each game frame
  std::vector<std::pair<std::string, uint32_t>> marks_;
  std::vector<Snapshot> marked_;  // at each of them

 private:
  static void expect_is(const Snapshot& still, const Snapshot& live);
  Snapshot live_snapshot();
  void mark(uint32_t game_frame);
  void play(std::mt19937_64& random);
};

}  // namespace heapreel::testing
