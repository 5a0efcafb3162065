#include "engine/record/large_blocks.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <vector>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

class LargeBlocksTest : public ArenaTest {
 protected:
  void SetUp() override {
    ArenaTest::SetUp();
    blocks_ = Arena::make<LargeBlocks>();
  }
  BlockId put(uintptr_t p, BlockId id) {
    BlockId before = ~0u;
    EXPECT_TRUE(blocks_->put(p, id, &before));
    return before;
  }

  LargeBlocks* blocks_ = nullptr;
};

TEST_F(LargeBlocksTest, RandomPutsAndRemovesAgreeWithAMap) {
  std::map<uintptr_t, BlockId> model;
  std::mt19937_64 random(1);
  for (BlockId id = 1; id < 200'000; ++id) {
    const uintptr_t p = (random() % 3000 + 1) << 16;
    BlockId& known = model[p];
    if (random() % 2 == 0) {
      ASSERT_EQ(put(p, id), known);
      known = id;
    } else {
      ASSERT_EQ(blocks_->remove(p), known);
      known = 0;
    }
  }
}

TEST_F(LargeBlocksTest, MoreBlocksThanTheFirstTablesHoldAreAllFound) {
  constexpr uintptr_t kMany = 30'000;
  for (uintptr_t i = 1; i <= kMany; ++i) ASSERT_EQ(put(i << 20, static_cast<BlockId>(i)), 0u);
  for (uintptr_t i = 1; i <= kMany; ++i) ASSERT_EQ(blocks_->remove(i << 20), i);
  for (uintptr_t i = 1; i <= kMany; ++i) ASSERT_EQ(blocks_->remove(i << 20), 0u);
}

TEST_F(LargeBlocksTest, BlocksThatComeAndGoAtEverNewAddressesTakeNoMoreMemory) {
  for (uintptr_t i = 1; i <= 1000; ++i) put(i << 25, 1), blocks_->remove(i << 25);
  const size_t accounted_before = accounted();
  const size_t left_before = Arena::left();
  for (uintptr_t i = 1; i <= 500'000; ++i) {
    put(i << 25, static_cast<BlockId>(i));
    ASSERT_EQ(blocks_->remove(i << 25), i);
  }
  EXPECT_EQ(accounted(), accounted_before);
  EXPECT_EQ(Arena::left(), left_before);
}

TEST_F(LargeBlocksTest, RemoveRangeTakesTheBlocksThatBeginInside) {
  for (uintptr_t i = 1; i <= 5000; ++i) put(i << 16, static_cast<BlockId>(i));
  std::map<uintptr_t, BlockId> removed;
  blocks_->remove_range(10 << 16, 1000 << 16, [&](uintptr_t p, BlockId id) { removed[p] = id; });
  EXPECT_EQ(removed.size(), 990u);
  EXPECT_EQ(removed.begin()->first, uintptr_t{10} << 16);
  EXPECT_EQ(removed.rbegin()->second, 999u);
  EXPECT_EQ(blocks_->remove(10 << 16), 0u);
  EXPECT_EQ(blocks_->remove(1000 << 16), 1000u);
}

TEST_F(LargeBlocksTest, NothingLiesAtNull) {
  put(1 << 16, 1);
  EXPECT_EQ(blocks_->remove(0), 0u);
  blocks_->remove_range(0, 1 << 16, [](uintptr_t, BlockId) { FAIL(); });
  EXPECT_EQ(blocks_->remove(1 << 16), 1u);
}

TEST_F(LargeBlocksTest, ClearForgetsEveryBlock) {
  for (uintptr_t i = 1; i <= 5000; ++i) put(i << 16, 1);
  blocks_->clear();
  for (uintptr_t i = 1; i <= 5000; ++i) ASSERT_EQ(put(i << 16, 2), 0u);
}

TEST_F(LargeBlocksTest, ThreadsFindTheirOwnBlocks) {
  constexpr int kThreads = 4;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(t);
      std::map<uintptr_t, BlockId> own;
      for (BlockId id = 1; id < 30'000; ++id) {
        const uintptr_t p = (random() % 200 * kThreads + static_cast<uintptr_t>(t) + 1) << 16;
        BlockId before = 0;
        if (random() % 2 == 0) {
          if (!blocks_->put(p, id, &before) || before != own[p]) ++wrong;
          own[p] = id;
        } else {
          if (blocks_->remove(p) != own[p]) ++wrong;
          own[p] = 0;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace heapreel::engine::testing
