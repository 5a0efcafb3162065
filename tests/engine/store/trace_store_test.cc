// The store alone, without a thread beside it: what is written where, and which frozen states see it.
#include "engine/store/trace_store.h"

#include <gtest/gtest.h>

#include <set>

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

  void alloc(BlockId id) {
    store_->begin_ring(0);
    EXPECT_TRUE(
        store_->alloc({.id = id, .site = store_->site({}), .address = uint64_t{id} * 16, .size = 16, .thread = 0}));
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

}  // namespace
}  // namespace heapreel::engine::testing
