#include "engine/odd_blocks.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

using OddBlocksTest = ArenaTest;

TEST_F(OddBlocksTest, RandomPutsAndRemovesAgreeWithAMap) {
  auto* odd = Arena::make<OddBlocks>();
  std::map<std::pair<DomainIndex, uintptr_t>, BlockId> model;
  std::mt19937_64 random(1);
  for (BlockId id = 1; id < 200'000; ++id) {
    const DomainIndex domain = random() % 3;
    const uintptr_t p = random() % 4 == 0 ? ~uintptr_t{0} - random() % 500 : random() % 5000;
    BlockId& known = model[{domain, p}];
    if (random() % 2 == 0) {
      BlockId before = ~0u;
      ASSERT_TRUE(odd->put(domain, p, id, &before));
      ASSERT_EQ(before, known);
      known = id;
    } else {
      ASSERT_EQ(odd->remove(domain, p), known);
      known = 0;
    }
  }
}

TEST_F(OddBlocksTest, RemoveRangeTakesItsDomainsBlocksThatBeginInsideAndNoOther) {
  auto* odd = Arena::make<OddBlocks>();
  BlockId before = 0;
  for (uintptr_t p = 0; p < 100; ++p) {
    odd->put(1, p, static_cast<BlockId>(p + 1), &before);
    odd->put(2, p, static_cast<BlockId>(p + 1001), &before);
  }
  std::map<uintptr_t, BlockId> removed;
  odd->remove_range(1, 10, 80, [&](uintptr_t p, BlockId id) { removed[p] = id; });
  EXPECT_EQ(removed.size(), 80u);
  EXPECT_EQ(removed.begin()->first, 10u);
  EXPECT_EQ(removed.rbegin()->second, 90u);
  EXPECT_EQ(odd->remove(1, 9), 10u);
  EXPECT_EQ(odd->remove(1, 10), 0u);
  EXPECT_EQ(odd->remove(1, 90), 91u);
  EXPECT_EQ(odd->remove(2, 10), 1011u);
}

TEST_F(OddBlocksTest, AddressZeroIsAnAddressLikeAnyOther) {
  auto* odd = Arena::make<OddBlocks>();
  BlockId before = 0;
  EXPECT_EQ(odd->remove(0, 0), 0u);
  ASSERT_TRUE(odd->put(0, 0, 7, &before));
  EXPECT_EQ(before, 0u);
  EXPECT_EQ(odd->remove(0, 0), 7u);
}

TEST_F(OddBlocksTest, ChurnOnFewLiveBlocksTakesBoundedMemory) {
  auto* odd = Arena::make<OddBlocks>();
  BlockId before = 0;
  const auto churn = [&](uintptr_t first) {
    for (uintptr_t p = first; p < first + 200'000; ++p) {
      odd->put(0, p, 1, &before);
      odd->remove(0, p);
    }
  };
  churn(0);
  const size_t accounted_before = accounted();
  churn(1'000'000);
  EXPECT_EQ(accounted(), accounted_before);
}

}  // namespace
}  // namespace heapreel::engine::testing
