#include "engine/store/lease_keeper.h"

#include <bit>
#include <random>
#include <set>
#include <vector>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

class LeaseKeeperTest : public ArenaTest {
 protected:
  void SetUp() override {
    ArenaTest::SetUp();
    queue_ = Arena::zeroed<LeaseQueue>();
    ASSERT_TRUE(keeper_.make_room(1 << 12));
  }
  static BlockId id_of(uint32_t page, uint32_t slot) { return page << kPageShift | slot; }
  void birth(BlockId id) {
    live_.insert(id);
    EXPECT_TRUE(keeper_.on_alloc(id));
  }
  // Whether the page's records need no memory any more.
  bool death(BlockId id) {
    live_.erase(id);
    return keeper_.on_free(id);
  }
  void offer() {
    keeper_.offer(*queue_, 1, [](uint32_t, uint64_t(&bits)[2]) { bits[0] = bits[1] = 0; });
  }
  void use_whole_page(uint32_t page) {
    for (uint32_t slot = 0; slot < kBlocksPerPage; ++slot) birth(id_of(page, slot));
  }
  // Pages offered since the last call.
  std::vector<BlockLease> offered() {
    keeper_.offer(*queue_, 1, [this](uint32_t page, uint64_t(&bits)[2]) {
      bits[0] = bits[1] = 0;
      for (uint32_t slot = 0; slot < kBlocksPerPage; ++slot) {
        if (live_.count(id_of(page, slot)) != 0) bits[slot / 64] |= uint64_t{1} << slot % 64;
      }
    });
    std::vector<BlockLease> leases;
    for (BlockLease lease; queue_->take(lease);) leases.push_back(lease);
    return leases;
  }

  RangePool ranges_;
  LeaseKeeper keeper_{ranges_};
  LeaseQueue* queue_ = nullptr;
  std::set<BlockId> live_;
};

TEST_F(LeaseKeeperTest, PageIsOfferedWhenAQuarterOfItIsFree) {
  use_whole_page(5);
  for (uint32_t slot = 0; slot < LeaseKeeper::kLeastFree - 1; ++slot) death(id_of(5, slot));
  EXPECT_TRUE(offered().empty());
  death(id_of(5, 100));
  const std::vector<BlockLease> leases = offered();
  ASSERT_EQ(leases.size(), 1u);
  EXPECT_EQ(leases[0].page, 5u);
  EXPECT_EQ(leases[0].free[0], (uint64_t{1} << (LeaseKeeper::kLeastFree - 1)) - 1);
  EXPECT_EQ(leases[0].free[1], uint64_t{1} << (100 - 64));
  EXPECT_TRUE(offered().empty());
}

TEST_F(LeaseKeeperTest, PageIsNotOfferedWhileSlotsOfItsLeaseAreUnused) {
  for (uint32_t slot = 0; slot < kBlocksPerPage - 1; ++slot) birth(id_of(5, slot));
  for (uint32_t slot = 0; slot < kBlocksPerPage - 1; ++slot) death(id_of(5, slot));
  EXPECT_TRUE(offered().empty());
  birth(id_of(5, kBlocksPerPage - 1));
  EXPECT_EQ(offered().size(), 1u);
}

TEST_F(LeaseKeeperTest, NewestPageIsOfferedFirst) {
  for (uint32_t page = 1; page <= 3; ++page) {
    use_whole_page(page);
    for (uint32_t slot = 0; slot < 64; ++slot) death(id_of(page, slot));
  }
  const std::vector<BlockLease> leases = offered();
  ASSERT_EQ(leases.size(), 3u);
  EXPECT_EQ(leases[0].page, 3u);
}

TEST_F(LeaseKeeperTest, ClearedKeeperKnowsNothingOfPagesThatWereHalfUsed) {
  for (uint32_t slot = 0; slot < 64; ++slot) birth(id_of(5, slot));
  live_.clear();
  keeper_.clear();
  for (uint32_t slot = 0; slot < 64; ++slot) birth(id_of(5, slot));
  for (uint32_t slot = 0; slot < 64; ++slot) death(id_of(5, slot));
  EXPECT_TRUE(offered().empty());
}

// A thread takes a page that was never used where the queue has none.
TEST_F(LeaseKeeperTest, BurstsThatComeAgainSoonTakeNoFreshPages) {
  constexpr uint32_t kPagesABurst = 100;
  uint32_t next_page = 1;
  for (int burst = 0; burst < 1000; ++burst) {
    std::vector<uint32_t> pages;
    while (pages.size() < kPagesABurst) {
      BlockLease lease{.generation = 1, .page = next_page, .free = {}};
      if (!queue_->take(lease)) ++next_page;
      pages.push_back(lease.page);
    }
    for (uint32_t page : pages) {
      for (uint32_t slot = 0; slot < kBlocksPerPage; ++slot) keeper_.on_alloc(id_of(page, slot));
      for (uint32_t slot = 0; slot < kBlocksPerPage; ++slot) keeper_.on_free(id_of(page, slot));
    }
    for (int idle_round = 0; idle_round < 100; ++idle_round) offer();
  }
  EXPECT_LE(next_page, 8 * kPagesABurst);
}

TEST_F(LeaseKeeperTest, PageThatIsUsedUpIsEmptyWithItsLastDeath) {
  use_whole_page(5);
  for (uint32_t slot = 0; slot < kBlocksPerPage - 1; ++slot) EXPECT_FALSE(death(id_of(5, slot)));
  EXPECT_TRUE(death(id_of(5, kBlocksPerPage - 1)));
}

TEST_F(LeaseKeeperTest, PageThatAThreadIsUsingUpIsNotEmpty) {
  birth(id_of(5, 0));
  EXPECT_FALSE(death(id_of(5, 0)));
}

// Its last blocks die while it waits in the queue.
TEST_F(LeaseKeeperTest, OfferedPageIsEmptyWithItsLastDeathUntilItIsUsed) {
  use_whole_page(5);
  for (uint32_t slot = 0; slot < 64; ++slot) death(id_of(5, slot));
  ASSERT_EQ(offered().size(), 1u);
  for (uint32_t slot = 64; slot < kBlocksPerPage - 1; ++slot) EXPECT_FALSE(death(id_of(5, slot)));
  EXPECT_TRUE(death(id_of(5, kBlocksPerPage - 1)));
  birth(id_of(5, 0));
  EXPECT_FALSE(death(id_of(5, 0)));
}

TEST_F(LeaseKeeperTest, NoIdIsEverLeasedTwiceAtOnceOverARandomHistory) {
  std::mt19937_64 random(1);
  std::set<BlockId> out;  // leased and not yet born
  std::vector<BlockId> live;
  uint32_t next_page = 1;
  std::vector<BlockId> to_use;
  for (int step = 0; step < 100'000; ++step) {
    if (to_use.empty()) {
      std::vector<BlockLease> leases = offered();
      if (leases.empty()) leases.push_back({1, next_page++, {~uint64_t{0}, ~uint64_t{0}}});
      for (const BlockLease& lease : leases) {
        for (uint32_t slot = 0; slot < kBlocksPerPage; ++slot) {
          if ((lease.free[slot / 64] >> slot % 64 & 1) == 0) continue;
          const BlockId id = id_of(lease.page, slot);
          ASSERT_TRUE(out.insert(id).second);
          ASSERT_EQ(live_.count(id), 0u);
          to_use.push_back(id);
        }
      }
    }
    if (random() % 2 == 0 || live.empty()) {
      std::swap(to_use[random() % to_use.size()], to_use.back());
      live.push_back(to_use.back());
      out.erase(to_use.back());
      birth(to_use.back());
      to_use.pop_back();
    } else {
      std::swap(live[random() % live.size()], live.back());
      death(live.back());
      live.pop_back();
    }
  }
  EXPECT_LT(next_page, 100u);
}

TEST(LeasedBlocksTest, EachFreeSlotOfALeaseIsTakenOnceAndNoOther) {
  const BlockLease lease = {
      .generation = 1, .page = 5, .free = {uint64_t{1} << 3 | uint64_t{1} << 63, 1 | uint64_t{1} << 7}};
  LeasedBlocks blocks;
  EXPECT_EQ(blocks.take(), 0u);
  blocks.renew(lease);
  std::vector<BlockId> taken;
  while (const BlockId id = blocks.take()) taken.push_back(id - (5 << kPageShift));
  EXPECT_EQ(taken, (std::vector<BlockId>{3, 63, 64, 71}));
  blocks.renew(lease);
  const BlockId first = blocks.take();
  blocks.give_back(first);
  EXPECT_EQ(blocks.take(), first);
  blocks.drop();
  EXPECT_EQ(blocks.take(), 0u);
}

}  // namespace
}  // namespace heapreel::engine::testing
