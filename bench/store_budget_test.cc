// Budgets that are counts, not times: what freezing every game frame copies, and what a live block costs in memory, in the
// store and in the block maps.
#include <gtest/gtest.h>

#include "bench/game_load.h"
#include "bench/loops/churning_blocks.h"
#include "bench/traced_pairs.h"
#include "engine/record/size_classes.h"
#include "hooks/backend/mimalloc_layout.h"

namespace heapreel::bench {
namespace {

constexpr uint64_t kLive = 1'000'000;
constexpr uint32_t kEventsPerGameFrame = 5000;

TEST(StoreBudget, FreezingEveryGameFrameCopiesAtMostThreeRecordsAnEvent) {
  TracerSetup tracer(false);
  GameLoad load(kLive, 500);
  const auto& consolidator = *engine::tracer_state()->consolidator;
  engine::SnapshotHandle before = engine::take_snapshot();
  TracerSetup::round();
  uint64_t events = 0;
  const uint64_t copied_before = consolidator.copied_bytes();
  for (int frame = 0; frame < 120; ++frame) {
    events += load.game_frame(kEventsPerGameFrame);
    engine::SnapshotHandle now = engine::take_snapshot();
    TracerSetup::round();
    before = std::move(now);  // a reel writer holds the last two
  }
  const double per_event =
      static_cast<double>(consolidator.copied_bytes() - copied_before) / static_cast<double>(events);
  RecordProperty("bytes_copied_per_event", std::to_string(per_event));
  std::printf("bytes copied per event: %.1f (budget 96)\n", per_event);
  EXPECT_LE(per_event, 3 * 32.0);
  before = {};
}

TEST(StoreBudget, ALiveBlockCostsAtMost64Bytes) {
  TracerSetup tracer(false);
  GameLoad load(kLive, 500);
  for (int frame = 0; frame < 120; ++frame) {
    load.game_frame(kEventsPerGameFrame);
    TracerSetup::round();
  }
  const engine::Totals totals = engine::tracer_state()->consolidator->totals();
  const double per_block = static_cast<double>(engine::tracer_state()->consolidator->store_bytes()) /
                           static_cast<double>(totals.live_blocks);
  std::printf("store bytes per live block: %.1f (budget 64)\n", per_block);
  EXPECT_LE(per_block, 64.0);
}

// What the block map takes for each of 100,000 live blocks of 16 to 4,096 bytes, on average 735, some of them replaced.
double map_bytes_per_block() {
  constexpr uint64_t kBlocks = 100'000;
  TracerSetup tracer(false);
  loops::ChurningBlocks<traced_malloc, traced_free, 20, 12, 12> blocks(kBlocks);
  blocks.replace(kBlocks);
  TracerSetup::round();
  EXPECT_EQ(engine::tracer_state()->consolidator->totals().live_blocks, kBlocks);
  return static_cast<double>(engine::own_memory().block_maps) / static_cast<double>(kBlocks);
}

// The map of granules is as dense as mimalloc's own addresses are.
TEST(StoreBudget, ABlocksPlaceInTheMapOfGranulesIsBounded) {
  if (engine::describes_allocator()) GTEST_SKIP() << "the engine was told of mimalloc in this process";
  const double per_block = map_bytes_per_block();
  std::printf("bytes of the map of granules per live block: %.1f (budget 215)\n", per_block);
  EXPECT_LE(per_block, 215.0);
}

// Behind all others: what the engine was told of mimalloc stays.
TEST(StoreBudget, ABlocksPlaceInTheDenseMapIsBounded) {
  hooks::backend::describe_mimalloc();
  ASSERT_TRUE(engine::describes_allocator());
  const double per_block = map_bytes_per_block();
  std::printf("bytes of the dense map per live block: %.1f (budget 9.5)\n", per_block);
  EXPECT_LE(per_block, 9.5);
}

}  // namespace
}  // namespace heapreel::bench
