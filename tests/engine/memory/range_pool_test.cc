// Tables that grow through ranges of the arena, and ranges that come again.
#include "engine/memory/range_pool.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/memory/growing_table.h"
#include "engine/memory/stable_table.h"
#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

class RangePoolTest : public ArenaTest {
 protected:
  RangePool ranges_;
};

TEST_F(RangePoolTest, RangeComesAgainForItsSizeAndAllZero) {
  auto* range = static_cast<uint64_t*>(ranges_.take(5000));
  for (size_t i = 0; i < 8192 / 8; ++i) range[i] = ~uint64_t{0};
  ranges_.give_back(range, 5000);
  EXPECT_NE(ranges_.take(4096), range);
  ASSERT_EQ(ranges_.take(8192), range);
  for (size_t i = 0; i < 8192 / 8; ++i) ASSERT_EQ(range[i], 0u);
}

TEST_F(RangePoolTest, RangesThatGrewTakeNoMoreAddressSpaceThanTheLargest) {
  const size_t before = Arena::left();
  for (int round = 0; round < 100; ++round) {
    void* range = ranges_.take(1 << 20);
    ASSERT_NE(range, nullptr);
    ranges_.give_back(range, 1 << 20);
  }
  EXPECT_EQ(Arena::left(), before - (1 << 20));
}

TEST_F(RangePoolTest, GrowingTableKeepsItsEntriesAndNewOnesAreZero) {
  GrowingTable<uint32_t> table(ranges_);
  for (uint32_t i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(table.make_room(i + 1));
    ASSERT_EQ(table[i], 0u);
    table[i] = i + 1;
  }
  for (uint32_t i = 0; i < 100'000; ++i) ASSERT_EQ(table[i], i + 1);
}

TEST_F(RangePoolTest, GrowingTableWithoutAddressSpaceIsAsBefore) {
  GrowingTable<uint32_t> table(ranges_);
  ASSERT_TRUE(table.make_room(10));
  table[9] = 7;
  use_up_address_space();
  EXPECT_FALSE(table.make_room(1 << 20));
  EXPECT_EQ(table[9], 7u);
}

TEST_F(RangePoolTest, EntriesOfAStableTableNeverMove) {
  StableTable<uint32_t> table(ranges_);
  std::set<uint32_t*> places;
  ASSERT_TRUE(table.make_room(0));
  uint32_t* const first = &table[0];
  for (uint32_t i = 0; i < 70'000; ++i) {
    ASSERT_TRUE(table.make_room(i));
    table[i] = i;
    ASSERT_TRUE(places.insert(&table[i]).second) << i;
  }
  EXPECT_EQ(&table[0], first);
  for (uint32_t i = 0; i < 70'000; ++i) ASSERT_EQ(table[i], i);
  EXPECT_FALSE(table.make_room(StableTable<uint32_t>::kMost));
}

}  // namespace
}  // namespace heapreel::engine::testing
