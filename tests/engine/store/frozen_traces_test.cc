// What a snapshot reads, on states that a whole tracer made.
#include "engine/store/frozen_traces.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

class FrozenTracesTest : public TracerTest {
 protected:
  using Block = std::tuple<BlockId, uint64_t, uint64_t, SiteId, uint32_t>;  // id, address, size, site, game frame
  using BlockSet = std::set<Block>;

  static Block block_of(BlockId id, const Record& record) {
    return {id, record.address, record.size, record.site, record.born};
  }
  static BlockSet blocks_of(const FrozenTraces& traces) {
    BlockSet blocks;
    traces.for_each_block([&](BlockId id, const Record& record) { blocks.insert(block_of(id, record)); });
    return blocks;
  }
  static BlockSet minus(const BlockSet& from, const BlockSet& what) {
    BlockSet rest;
    std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::inserter(rest, rest.end()));
    return rest;
  }
};

TEST_F(FrozenTracesTest, BlockDifferencesEqualBruteForce) {
  start_tracer();
  std::mt19937_64 random(3);
  std::vector<SnapshotHandle> held;
  std::set<uintptr_t> live;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 400; ++i) {
      const uintptr_t p = (1 + random() % 3000) * 16;
      if (live.insert(p).second) {
        alloc(p, random() % 100, {1 + random() % 10});
      } else {
        free(p);
        live.erase(p);
      }
    }
    if (round % 3 == 0) game_frame();
    held.push_back(take_snapshot());
  }
  for (int pair = 0; pair < 200; ++pair) {
    const FrozenTraces& before = *held[random() % held.size()].get();
    const FrozenTraces& after = *held[random() % held.size()].get();
    BlockSet died;
    BlockSet born;
    FrozenTraces::for_each_block_difference(
        before, after, [&](BlockId id, const Record& r) { EXPECT_TRUE(died.insert(block_of(id, r)).second); },
        [&](BlockId id, const Record& r) { EXPECT_TRUE(born.insert(block_of(id, r)).second); });
    ASSERT_EQ(died, minus(blocks_of(before), blocks_of(after)));
    ASSERT_EQ(born, minus(blocks_of(after), blocks_of(before)));
  }
}

TEST_F(FrozenTracesTest, TenThousandHeldSnapshotsEachShowTheirOwnState) {
  start_tracer();
  for (uintptr_t i = 1; i <= 500; ++i) alloc(0x100000 + i * 16, 1);
  std::vector<SnapshotHandle> held;
  for (uintptr_t i = 1; i <= 10'000; ++i) {
    alloc(i * 16, i);
    if (i > 3) free((i - 3) * 16);
    held.push_back(take_snapshot());
  }
  ASSERT_TRUE(is_tracing());
  for (uintptr_t i = 10; i <= 10'000; i += 997) {
    const auto blocks = live_blocks(held[i - 1]);
    EXPECT_EQ(blocks.size(), 503u);
    EXPECT_EQ(blocks.at(i * 16), i);
    EXPECT_EQ(blocks.count((i - 3) * 16), 0u);
  }
}

// Four pages of blocks share what says which of them live: a birth on one page copies it for all.
TEST_F(FrozenTracesTest, BlocksWhoseNeighboursWereCopiedDieInTheCopy) {
  start_tracer();
  constexpr uintptr_t kBlocks = 3 * kBlocksPerPage + 10;
  for (uintptr_t i = 1; i <= kBlocks; ++i) alloc(i * 16, i);
  auto held = std::make_unique<SnapshotHandle>(take_snapshot());
  EXPECT_EQ(live_blocks(*held).size(), kBlocks);
  alloc((kBlocks + 1) * 16, 1);
  (void)traced_memory();
  held.reset();
  for (int call = 0; call < 20; ++call) (void)traced_memory();  // given back by then
  free(16);
  free((kBlocksPerPage + 10) * 16);
  const auto blocks = live_blocks(take_snapshot());
  EXPECT_EQ(blocks.size(), kBlocks - 1);
  EXPECT_EQ(blocks.count(16), 0u);
  EXPECT_EQ(blocks.count((kBlocksPerPage + 10) * 16), 0u);
}

TEST_F(FrozenTracesTest, SnapshotsDroppedOnOtherThreadsGiveTheirMemoryBack) {
  start_tracer();
  for (uintptr_t i = 1; i <= 20'000; ++i) alloc(i * 16, i);
  const auto churn = [&](int rounds) {
    std::vector<std::thread> readers;
    for (int round = 0; round < rounds; ++round) {
      for (uintptr_t i = 1; i <= 20'000; i += 97) {
        free(i * 16);
        alloc(i * 16, i);
      }
      readers.emplace_back([copy = take_snapshot()]() mutable {
        const SnapshotHandle another = copy;
        copy = SnapshotHandle();
        EXPECT_EQ(live_blocks(another).size(), 20'000u);
      });
      if (readers.size() == 4) {
        for (std::thread& reader : readers) reader.join();
        readers.clear();
      }
    }
    for (std::thread& reader : readers) reader.join();
    traced_memory();
  };
  churn(100);
  const size_t before = Arena::header()->accounted.load(std::memory_order_relaxed);
  churn(300);
  const size_t after = Arena::header()->accounted.load(std::memory_order_relaxed);
  EXPECT_LT(after - before, size_t{4} << 20);
}

}  // namespace
}  // namespace heapreel::engine::testing
