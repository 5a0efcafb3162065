// A replay tells of every game frame what its stills, each read by itself, differ in.
#include "snapshot/reel/read/reel_replay.h"

#include <set>

#include "tests/snapshot/random_reel.h"

namespace heapreel::testing {
namespace {

// The blocks that should live, from what a replay says of each.
class LiveBlocks : public BlockListener {
 public:
  using Facts = std::tuple<uint64_t, uint64_t, uint32_t, uint32_t, uint32_t>;

  static Facts facts(const BlockRow& row) { return {row.address, row.size, row.site, row.born, row.thread}; }
  void born(const BlockRow& block) override { blocks.insert(facts(block)); }
  void died(const BlockRow& block) override { remove(block); }
  void forgotten(const BlockRow& block) override {
    ++forgotten_blocks;
    remove(block);
  }

  std::multiset<Facts> blocks;
  uint64_t forgotten_blocks = 0;
  uint64_t unknown_deaths = 0;

 private:
  void remove(const BlockRow& block) {
    const auto found = blocks.find(facts(block));
    if (found == blocks.end()) {
      ++unknown_deaths;
    } else {
      blocks.erase(found);
    }
  }
};

struct Sums {
  uint64_t allocs = 0, alloc_bytes = 0, frees = 0, freed_bytes = 0, reallocs = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
};

class ReelReplayTest : public RandomReelTest {
 protected:
  static void expect_same_blocks(const LiveBlocks& live, const ReelTraceSet& still) {
    std::multiset<LiveBlocks::Facts> expected;
    still.for_each_block([&](const BlockRow& row) { expected.insert(LiveBlocks::facts(row)); });
    EXPECT_EQ(live.blocks, expected);
  }

  static void expect_same_change(const SiteChange& change, const engine::SiteAggregate& before,
                                 const engine::SiteAggregate& after) {
    EXPECT_EQ(change.allocs, after.allocs - before.allocs);
    EXPECT_EQ(change.alloc_bytes, after.alloc_bytes - before.alloc_bytes);
    EXPECT_EQ(change.reallocs, after.reallocs - before.reallocs);
    EXPECT_EQ(change.frees, after.frees() - before.frees());
    EXPECT_EQ(change.live_blocks, after.live_blocks);
    EXPECT_EQ(change.live_bytes, after.live_bytes);
    EXPECT_EQ(change.block_growth(), static_cast<int64_t>(after.live_blocks - before.live_blocks));
    EXPECT_EQ(change.byte_growth(), static_cast<int64_t>(after.live_bytes - before.live_bytes));
    EXPECT_EQ(change.temporary_blocks, after.lifetimes[0] - before.lifetimes[0]);
    EXPECT_LE(change.temporary_bytes, change.alloc_bytes);
  }
};

TEST_F(ReelReplayTest, EveryGameFrameIsWhatItsStillsDifferIn) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;

  const Reel reel = Reel::open(path());
  LiveBlocks live;
  ReelReplay replay = reel.replay(&live);
  std::shared_ptr<const ReelTraceSet> before;
  size_t rows = 0;
  uint64_t generations = 0;
  while (replay.next()) {
    ASSERT_EQ(replay.first_row(), rows);
    ASSERT_EQ(replay.row(), rows);
    const GameFrameRow& row = replay.game_frame();
    SCOPED_TRACE("game frame " + std::to_string(row.number));
    const auto after = row.partial ? reel.at_end() : reel.at(row.number);
    ASSERT_NO_FATAL_FAILURE(expect_same_blocks(live, *after));
    generations += replay.cleared() ? 1 : 0;
    Sums sums;
    std::set<uint32_t> changed;
    for (const SiteChange& change : replay.changes()) {
      changed.insert(change.site);
      sums.allocs += change.allocs;
      sums.alloc_bytes += change.alloc_bytes;
      sums.frees += change.frees;
      sums.freed_bytes += change.freed_bytes;
      sums.reallocs += change.reallocs;
      EXPECT_EQ(change.live_blocks, after->aggregate(change.site).live_blocks);
      EXPECT_EQ(change.live_bytes, after->aggregate(change.site).live_bytes);
      if (replay.cleared()) continue;
      expect_same_change(change, before == nullptr ? engine::SiteAggregate{} : before->aggregate(change.site),
                         after->aggregate(change.site));
    }
    if (!replay.cleared()) {
      EXPECT_EQ(sums, (Sums{row.allocs, row.alloc_bytes, row.frees, row.freed_bytes, row.reallocs}));
      for (uint32_t site = 0; before != nullptr && site < after->site_count(); ++site) {
        if (changed.count(site) != 0) continue;
        EXPECT_EQ(before->aggregate(site).allocs, after->aggregate(site).allocs);
      }
    }
    EXPECT_EQ(replay.blocks().count(), row.live_blocks);
    EXPECT_EQ(replay.blocks().bytes(), row.live_bytes);
    before = after;
    ++rows;
  }
  EXPECT_EQ(rows, reel.game_frames().size());
  EXPECT_EQ(live.unknown_deaths, 0u);
  EXPECT_EQ(generations, reel.info().generations - 1);
}

}  // namespace
}  // namespace heapreel::testing
