// The store alone, without a thread beside it: what is written where, and which frozen states see it.
#include "engine/store/trace_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

class TraceStoreTest : public ArenaTest {
 protected:
  void SetUp() override {
    ArenaTest::SetUp();
    store_ = StoreMemory::make<TraceStore>(*StoreMemory::make<RangePool>(), nullptr);
    ASSERT_NE(store_, nullptr);
    ASSERT_TRUE(store_->open());
    store_->expect_pages(8);
  }

  void alloc(BlockId id, TracebackId traceback = 0) {
    store_->begin_ring(0);
    const SiteId site = store_->site({.domain = 0, .scope = 0, .traceback = traceback});
    EXPECT_TRUE(
        store_->alloc({.id = id, .site = site, .address = uint64_t{id} * 16, .size = 16, .thread = 0, .domain = 0}));
    store_->end_ring(1);
  }
  void free(BlockId id) {
    store_->begin_ring(0);
    EXPECT_EQ(store_->free(id, event::address_check(uint64_t{id} * 16)), TraceStore::FreeResult::kFreed);
    store_->end_ring(1);
  }

  static std::set<BlockId> blocks_of(const FrozenTraces& state) {
    std::set<BlockId> blocks;
    state.for_each_block([&](BlockId id, const Record&) { blocks.insert(id); });
    return blocks;
  }

  TraceStore* store_ = nullptr;
};

// Four pages of blocks share what says which of them live. A birth on one page copies it for all of them: also for a page
// on which nothing happened while the state was held.
TEST_F(TraceStoreTest, BlocksDieInTheCopyThatABirthOnANeighbouringPageMade) {
  constexpr BlockId kFirst = 1;
  constexpr BlockId kNeighbour = kBlocksPerPage + 1;
  alloc(kFirst);
  alloc(kNeighbour);
  const FrozenTraces held = store_->freeze();
  ASSERT_NE(held.store_epoch, 0u);
  alloc(kFirst + 1);
  EXPECT_EQ(blocks_of(held), (std::set<BlockId>{kFirst, kNeighbour}));
  store_->release(held.store_epoch);
  free(kNeighbour);
  EXPECT_EQ(blocks_of(store_->freeze()), (std::set<BlockId>{kFirst, kFirst + 1}));
}

TEST_F(TraceStoreTest, LifetimesOfEverySiteAreThoseOfItsBlocksInEveryFrozenState) {
  constexpr uint32_t kSites = 5;
  constexpr BlockId kBlocks = 8 * kBlocksPerPage;
  using Lifetimes = std::array<std::array<uint64_t, SiteAggregate::kLifetimes>, kSites>;
  struct Life {
    uint32_t site;
    uint32_t born;
  };
  for (uint32_t site = 0; site < kSites; ++site) {
    ASSERT_EQ(store_->site({.domain = 0, .scope = 0, .traceback = site}), site) << "numbered as they come";
  }
  std::mt19937 random(5);
  std::map<BlockId, Life> live;
  Lifetimes expected = {};
  std::vector<std::pair<FrozenTraces, Lifetimes>> held;
  BlockId next = 1;
  uint32_t game_frame = 0;
  for (uint32_t step = 0; next < kBlocks; ++step) {
    // The first site's blocks die at once, so that it has no older deaths; the last one's are the oldest.
    const uint32_t site = random() % kSites;
    live[next] = {site, game_frame};
    alloc(next++, site);
    for (auto block = live.begin(); block != live.end();) {
      const uint32_t age = game_frame - block->second.born;
      if ((block->second.site != 0 && random() % 4 != 0) || age < (1u << (2 * block->second.site)) - 1) {
        ++block;
        continue;
      }
      ++expected[block->second.site][std::min<size_t>(std::bit_width(age), SiteAggregate::kLifetimes - 1)];
      free(block->first);
      block = live.erase(block);
    }
    if (step % 2 == 0) store_->set_game_frame(++game_frame);
    if (step % 100 == 0) held.emplace_back(store_->freeze(), expected);
  }
  held.emplace_back(store_->freeze(), expected);
  for (const auto& [state, lifetimes] : held) {
    for (SiteId site = 0; site < kSites; ++site) {
      const SiteAggregate figures = state.site(site);
      EXPECT_TRUE(std::ranges::equal(figures.lifetimes, lifetimes[site])) << "site " << site;
    }
  }
  EXPECT_EQ(held.back().first.stored_sites.page(0)->lifetimes, 0u);
  EXPECT_NE(held.back().first.stored_sites.page(kSites - 1)->lifetimes, 0u);
}

}  // namespace
}  // namespace heapreel::engine::testing
