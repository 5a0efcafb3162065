// tests/vectors/golden_all.reel, which write_golden_all.cc made, read to the numbers that were put in.
#include <gtest/gtest.h>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

using Blocks = std::vector<BlockRow>;

class GoldenAllTest : public ::testing::Test {
 protected:
  Blocks blocks_at(uint32_t game_frame) const {
    Blocks blocks;
    reel_.at(game_frame)->for_each_block([&](const BlockRow& block) { blocks.push_back(block); });
    return blocks;
  }
  const ReelTables& tables() const { return reel_.at_end()->tables(); }

  const Reel reel_ = Reel::open(GOLDEN_VECTORS "/golden_all.reel");
};

TEST_F(GoldenAllTest, TellsItsProcessAndHowItEnded) {
  const ReelInfo& info = reel_.info();
  EXPECT_FALSE(info.recovered);
  EXPECT_TRUE(info.complete);
  EXPECT_EQ(info.header.program, "/opt/game");
  EXPECT_EQ(info.header.command_line, (std::vector<std::string>{"game", "--level", "größe", ""}));
  EXPECT_EQ(info.header.process_id, 4711u);
  EXPECT_EQ(info.header.allocator, "system");
  EXPECT_EQ(info.end.ending, ReelEnding::kExecuted);
  EXPECT_EQ(info.end.executed, "/bin/other");
  EXPECT_EQ(info.end.tracing_ended, 2u);
  EXPECT_EQ(info.generations, 2u);
  EXPECT_EQ(info.merged_game_frames, 1u);
}

TEST_F(GoldenAllTest, SaysThatItIsIncomplete) {
  const Completeness completeness = reel_.snapshot_at(0).completeness();
  EXPECT_EQ(completeness, (Completeness{.issued = 46,
                                        .stored = 26,
                                        .degraded = 10,
                                        .discarded = 7,
                                        .unrecorded = 6,
                                        .inferred_frees = 1,
                                        .mismatched_frees = 2,
                                        .untracked_frees = 3}));
  EXPECT_FALSE(completeness.is_exact());
}

TEST_F(GoldenAllTest, ShowsTheBlocksOfEveryStill) {
  constexpr uint64_t kLarge = uint64_t{1} << 40;
  EXPECT_EQ(blocks_at(0), (Blocks{{0x10'0000, 100, 0, 0, 0}, {0x10'0040, 24, 1, 0, 1}, {UINT64_MAX - 15, 0, 2, 0, 0}}));
  EXPECT_THROW(reel_.at(1), ReelError);
  EXPECT_TRUE(reel_.game_frames()[1].merged);
  EXPECT_EQ(blocks_at(2),
            (Blocks{{0x10'0000, 100, 0, 0, 0}, {0x10'0080, kLarge, 0, 1, 1}, {UINT64_MAX - 15, 0, 2, 0, 0}}));
  EXPECT_EQ(blocks_at(3), (Blocks{{0x20'0000, 8, 0, 3, 1}}));
  EXPECT_TRUE(reel_.game_frames()[3].partial);
}

TEST_F(GoldenAllTest, ShowsTheHistoryOfEverySite) {
  const auto still = reel_.at(2);
  const engine::SiteAggregate& first = still->aggregate(0);
  EXPECT_EQ(first.allocs, 4u);
  EXPECT_EQ(first.alloc_bytes, 300 + (uint64_t{1} << 40));
  EXPECT_EQ(first.lifetimes[0], 2u);
  const engine::SiteAggregate& second = still->aggregate(1);
  EXPECT_EQ(second.live_blocks, 0u);
  EXPECT_EQ(second.lifetimes[2], 1u);
  EXPECT_EQ(still->aggregate(2).allocs, 9u);
}

TEST_F(GoldenAllTest, CountsGameFramesOverMergesAndGenerations) {
  const auto& rows = reel_.game_frames();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].allocs, 13u);
  EXPECT_EQ(rows[1].allocs, 7u);
  EXPECT_EQ(rows[2].allocs, 2u);
  EXPECT_EQ(rows[3].allocs, 2u);  // one before the traces were cleared, one after
  EXPECT_EQ(rows[1].time_ns, 32'001'000u);
  ASSERT_EQ(reel_.marks().size(), 1u);
  EXPECT_EQ(reel_.marks()[0].name, "level „größe“");
  EXPECT_EQ(reel_.marks()[0].game_frame, 1u);
  EXPECT_EQ(reel_.marks()[0].sums.totals.live_bytes, 130u);
}

TEST_F(GoldenAllTest, NamesDomainsScopesAndThreads) {
  EXPECT_EQ(tables().names(NameKind::kDomain).find(3)->text, "Frame arena");
  EXPECT_EQ(tables().names(NameKind::kDomain).find(3)->number, 64u);
  EXPECT_EQ(tables().names(NameKind::kDomain).find(2), nullptr);
  EXPECT_EQ(tables().names(NameKind::kScope).find(2)->text, "物理");
  EXPECT_EQ(tables().names(NameKind::kThread).find(1)->number, 4712u);
  EXPECT_EQ(reel_.snapshot_at(0).traces()[1].tag, "Physics/Solver");
  EXPECT_EQ(reel_.snapshot_at(0).traces()[1].domain, 3u);
}

TEST_F(GoldenAllTest, KnowsModulesThatWereUnloaded) {
  const RecordedModules& modules = tables().modules();
  ASSERT_EQ(modules.count(), 2u);
  EXPECT_EQ(modules.at(0).image.build_id, (std::vector<uint8_t>{1, 2, 0xff}));
  EXPECT_EQ(modules.at(0).unloaded_generation, UINT32_MAX);
  EXPECT_EQ(modules.at(1).image.path, "/opt/plugin.so");
  EXPECT_EQ(modules.at(1).image.bias, 0x7f00'0000'0000u - 0x40);
  EXPECT_EQ(modules.at(1).fingerprint, 0x1122334455667789u);
  EXPECT_EQ(modules.at(1).unloaded_generation, 9u);
}

TEST_F(GoldenAllTest, KeepsStacksOfEveryKind) {
  ASSERT_EQ(tables().traceback_count(), 5u);
  EXPECT_EQ(tables().stack(0).kind, RecordedStack::Kind::kUnknown);
  EXPECT_EQ(tables().stack(1).kind, RecordedStack::Kind::kDegraded);
  const RecordedStack cut_off = tables().stack(3);
  EXPECT_EQ(cut_off.total_depth, 300u);
  EXPECT_EQ(cut_off.known_modules, 2u);
  EXPECT_EQ(std::vector(cut_off.pcs.begin(), cut_off.pcs.end()),
            (std::vector<uint64_t>{0x7f00'0000'0010, uint64_t{1} << 63 | 0x400200, 0x400456}));
  EXPECT_TRUE(tables().stack(4).approximate);
}

}  // namespace
}  // namespace heapreel::testing
