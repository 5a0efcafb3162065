#include "engine/record/block_map.h"

#include <map>
#include <random>
#include <set>

#include "engine/memory/arena.h"
#include "tests/engine/arena_fixture.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

using Blocks = std::map<uintptr_t, size_t>;
using BlockMapTest = ArenaTest;

void* fresh_region() {
  return Arena::reserve(BlockMap::kRegionBytes);
}

TEST_F(BlockMapTest, RandomWritesAgreeWithAMap) {
  auto* map = Arena::zeroed<BlockMap>();
  std::map<uintptr_t, BlockId> model;
  std::mt19937_64 random(1);
  for (BlockId id = 1; id < 20'000; ++id) {
    // A few regions at both ends of the address space, and their edges.
    const uintptr_t region = random() % 2 == 0 ? random() % 3 : BlockMap::kRegions - 1 - random() % 3;
    const uintptr_t granule = random() % 4 == 0 ? BlockMap::kRegionEntries - 1
                                                : random() % 2 * (BlockMap::kRegionEntries / 2) + random() % 1000;
    const uintptr_t p = region << BlockMap::kRegionBits | granule << BlockMap::kGranuleBits;
    ASSERT_TRUE(BlockMap::covers(p));
    BlockMap::Entry* entry = map->find_or_map(p, fresh_region);
    ASSERT_NE(entry, nullptr);
    ASSERT_EQ(entry->load(), model[p]);
    entry->store(id);
    model[p] = id;
  }
  for (const auto& [p, id] : model) EXPECT_EQ(map->find(p)->load(), id);
}

TEST_F(BlockMapTest, CoversGranulesOfTheUserAddressSpaceOnly) {
  EXPECT_TRUE(BlockMap::covers(0));
  EXPECT_TRUE(BlockMap::covers((uintptr_t{1} << 47) - 16));
  EXPECT_FALSE(BlockMap::covers(8));
  EXPECT_FALSE(BlockMap::covers(uintptr_t{1} << 47));
}

TEST_F(BlockMapTest, RegionNeverWrittenHasNoEntry) {
  auto* map = Arena::zeroed<BlockMap>();
  EXPECT_EQ(map->find(0x1000), nullptr);
}

TEST_F(BlockMapTest, VisitsTheGranulesThatBeginInTheRangeAcrossRegions) {
  auto* map = Arena::zeroed<BlockMap>();
  const uintptr_t edge = uintptr_t{1} << BlockMap::kRegionBits;
  map->find_or_map(edge - 16, fresh_region);
  map->find_or_map(edge, fresh_region);
  std::set<uintptr_t> visited;
  map->for_each_entry(edge - 24, edge + 17, [&](uintptr_t p, BlockMap::Entry* entry) {
    EXPECT_EQ(entry, map->find(p));
    visited.insert(p);
  });
  EXPECT_EQ(visited, (std::set<uintptr_t>{edge - 16, edge, edge + 16}));
}

TEST_F(BlockMapTest, RangeThatLeavesTheUserAddressSpaceEndsThere) {
  auto* map = Arena::zeroed<BlockMap>();
  const uintptr_t last = (uintptr_t{1} << BlockMap::kAddressBits) - 16;
  map->find_or_map(last, fresh_region);
  std::set<uintptr_t> visited;
  const auto visit = [&](uintptr_t p, BlockMap::Entry*) { visited.insert(p); };
  map->for_each_entry(last, ~uintptr_t{0}, visit);
  map->for_each_entry(~uintptr_t{0} - 4096, ~uintptr_t{0}, visit);
  EXPECT_EQ(visited, (std::set<uintptr_t>{last}));
}

class ArenaResetTest : public TracerTest {};

TEST_F(ArenaResetTest, BlockThatBeginsBeforeAnUnalignedBaseLivesOn) {
  start_tracer();
  const DomainIndex pool = register_domain("Pool", 16);
  alloc(0x10000, 16, {1}, pool);
  alloc(0x10010, 17, {1}, pool);
  record_arena_reset(pool, address(0x10008), 64);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x10000, 16}}));
  free(0x10000, pool);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.live_blocks, 0u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_EQ(totals.untracked_frees, 0u);
}

TEST_F(ArenaResetTest, RangeUpToTheEndOfTheAddressSpaceEndsItsBlocks) {
  start_tracer();
  const DomainIndex bytes = register_domain("Bytes", 1);
  alloc(~uintptr_t{0} - 5, 3, {1}, bytes);
  record_arena_reset(bytes, address(~uintptr_t{0} - 15), 16);
  EXPECT_EQ(traced_memory().live_blocks, 0u);
}

}  // namespace
}  // namespace heapreel::engine::testing
