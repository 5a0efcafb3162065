// What the hooks say to the engine about the mimalloc that is loaded.
#include "hooks/backend/mimalloc_layout.h"

#include <gtest/gtest.h>
#include <mimalloc.h>

#include <vector>

#include "engine/record/size_classes.h"
#include "hooks/backend/backend_mimalloc.h"

namespace heapreel::testing {
namespace {

using engine::BlockBounds;
using engine::g_size_classes;

BlockBounds find(const void* p) {
  return g_size_classes.find_block(reinterpret_cast<uintptr_t>(p));
}

class MimallocLayoutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hooks::backend::describe_mimalloc();
    ASSERT_NE(g_size_classes.find_block, nullptr) << "this mimalloc does not do what the dense map needs";
  }
};

TEST_F(MimallocLayoutTest, SizesAreThoseThatMimallocGives) {
  size_t before = 0;
  for (uint32_t index = 0; index < g_size_classes.count; ++index) {
    const size_t size = g_size_classes.sizes[index];
    for (const size_t n : {before + 1, size}) {
      if (n < 16) continue;
      void* const p = mi_malloc(n);
      EXPECT_EQ(mi_usable_size(p), size) << n;
      mi_free(p);
    }
    before = size;
  }
  EXPECT_EQ(before, engine::SizeClasses::kLargestBlock);
}

TEST_F(MimallocLayoutTest, BlockIsFoundByItsAddress) {
  for (const size_t n : {size_t{16}, size_t{100}, size_t{1'000}, size_t{5'000}, size_t{60'000}}) {
    void* const p = mi_malloc(n);
    const BlockBounds block = find(p);
    EXPECT_EQ(block.begin, reinterpret_cast<uintptr_t>(p));
    EXPECT_EQ(block.size, mi_good_size(n));
    mi_free(p);
  }
}

TEST_F(MimallocLayoutTest, BlockThatAnAlignedOneLiesInIsFoundOrNotTold) {
  std::vector<void*> blocks;
  int told = 0;
  for (int i = 0; i < 2'000; ++i) {
    const size_t alignment = size_t{32} << i % 5;
    const size_t n = 100 + static_cast<size_t>(i) % 7 * 300;
    void* const p = mi_malloc_aligned_at(n, alignment, 0);
    blocks.push_back(p);
    const BlockBounds block = find(p);
    if (block.size == 0) continue;
    ++told;
    const auto address = reinterpret_cast<uintptr_t>(p);
    ASSERT_LE(block.begin, address);
    ASSERT_EQ(block.begin + block.size, address + mi_usable_size(p));
    ASSERT_TRUE(block.size == mi_good_size(n) || block.size == mi_good_size(n + alignment - 1)) << block.size;
    ASSERT_TRUE(block.size != mi_good_size(n) || block.begin == address || alignment > block.size / 8);
  }
  EXPECT_GT(told, 1'500) << "the granule map has to hold all the others";
  for (void* p : blocks) mi_free(p);
}

TEST_F(MimallocLayoutTest, LargeBlocksAndForeignAddressesAreNotTold) {
  void* const large = mi_malloc(1'000'000);
  int local = 0;
  EXPECT_EQ(find(large).size, 0u);
  EXPECT_EQ(find(&local).size, 0u);
  EXPECT_EQ(find(nullptr).size, 0u);
  EXPECT_EQ(find(reinterpret_cast<void*>(uintptr_t{5} << 40)).size, 0u);
  mi_free(large);
}

// The last address that mimalloc hints at is 30 TiB, and its block begins behind that.
TEST_F(MimallocLayoutTest, BlockOfTheLastHintIsNotTakenForAForeignOne) {
  constexpr uintptr_t kLastHint = uintptr_t{30} << 40;
  for (const uintptr_t p :
       {uintptr_t{2} << 40, kLastHint - 16, kLastHint + 0x10000, kLastHint + (uintptr_t{1} << 31)}) {
    EXPECT_FALSE(hooks::backend::may_be_foreign(reinterpret_cast<void*>(p))) << p;
  }
  EXPECT_TRUE(hooks::backend::may_be_foreign(nullptr));
  EXPECT_TRUE(hooks::backend::may_be_foreign(reinterpret_cast<void*>(uintptr_t{0x55} << 40)));
}

}  // namespace
}  // namespace heapreel::testing
