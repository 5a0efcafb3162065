#include "engine/record/block_hash_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

class BlockHashTableTest : public ArenaTest {
 protected:
  static constexpr uint64_t kPatienceNs = BlockHashTable::kPatienceNs;

  static BlockId put(BlockHashTable* odd, DomainIndex domain, uintptr_t p, BlockId id) {
    BlockId before = ~0u;
    EXPECT_EQ(odd->put(domain, p, id, &before, kPatienceNs), BlockHashTable::Outcome::kDone);
    return before;
  }
  static BlockId remove(BlockHashTable* odd, DomainIndex domain, uintptr_t p) {
    BlockId id = ~0u;
    EXPECT_EQ(odd->remove(domain, p, &id, kPatienceNs), BlockHashTable::Outcome::kDone);
    return id;
  }
};

TEST_F(BlockHashTableTest, RandomPutsAndRemovesAgreeWithAMap) {
  auto* odd = Arena::make<BlockHashTable>();
  std::map<std::pair<DomainIndex, uintptr_t>, BlockId> model;
  std::mt19937_64 random(1);
  for (BlockId id = 1; id < 200'000; ++id) {
    const DomainIndex domain = random() % 3;
    const uintptr_t p = random() % 4 == 0 ? ~uintptr_t{0} - random() % 500 : random() % 5000;
    BlockId& known = model[{domain, p}];
    if (random() % 2 == 0) {
      ASSERT_EQ(put(odd, domain, p, id), known);
      known = id;
    } else {
      ASSERT_EQ(remove(odd, domain, p), known);
      known = 0;
    }
  }
}

TEST_F(BlockHashTableTest, RemoveRangeTakesItsDomainsBlocksThatBeginInsideAndNoOther) {
  auto* odd = Arena::make<BlockHashTable>();
  for (uintptr_t p = 0; p < 100; ++p) {
    put(odd, 1, p, static_cast<BlockId>(p + 1));
    put(odd, 2, p, static_cast<BlockId>(p + 1001));
  }
  std::map<uintptr_t, BlockId> removed;
  odd->remove_range(1, 10, 80, kPatienceNs, [&](uintptr_t p, BlockId id) { removed[p] = id; });
  EXPECT_EQ(removed.size(), 80u);
  EXPECT_EQ(removed.begin()->first, 10u);
  EXPECT_EQ(removed.rbegin()->second, 90u);
  EXPECT_EQ(remove(odd, 1, 9), 10u);
  EXPECT_EQ(remove(odd, 1, 10), 0u);
  EXPECT_EQ(remove(odd, 1, 90), 91u);
  EXPECT_EQ(remove(odd, 2, 10), 1011u);
}

TEST_F(BlockHashTableTest, AddressZeroIsAnAddressLikeAnyOther) {
  auto* odd = Arena::make<BlockHashTable>();
  EXPECT_EQ(remove(odd, 0, 0), 0u);
  EXPECT_EQ(put(odd, 0, 0, 7), 0u);
  EXPECT_EQ(remove(odd, 0, 0), 7u);
}

// As in a signal handler that interrupts its thread in a hook of such a domain.
TEST_F(BlockHashTableTest, WhoeverWaitsForAHolderThatNeverLeavesIsToldAtTheEndOfItsPatience) {
  auto* odd = Arena::make<BlockHashTable>();
  put(odd, 1, 9, 7);
  BlockHashTable::Outcome inner = BlockHashTable::Outcome::kDone;
  odd->remove_range(1, 9, 1, kPatienceNs, [&](uintptr_t p, BlockId) {
    BlockId before = 0;
    inner = odd->put(1, p, 8, &before, BlockHashTable::kNestedPatienceNs);
  });
  EXPECT_EQ(inner, BlockHashTable::Outcome::kStuck);
  EXPECT_EQ(remove(odd, 1, 9), 0u);
}

TEST_F(BlockHashTableTest, ChurnOnFewLiveBlocksTakesBoundedMemory) {
  auto* odd = Arena::make<BlockHashTable>();
  const auto churn = [&](uintptr_t first) {
    for (uintptr_t p = first; p < first + 200'000; ++p) {
      put(odd, 0, p, 1);
      remove(odd, 0, p);
    }
  };
  churn(0);
  const size_t accounted_before = accounted();
  churn(1'000'000);
  EXPECT_EQ(accounted(), accounted_before);
}

}  // namespace
}  // namespace heapreel::engine::testing
