#include "engine/memory/memory_limits.h"

#include <gtest/gtest.h>

#include "engine/memory/arena.h"

namespace heapreel::engine::testing {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

TEST(MemoryLimitsTest, WithoutLimitsTheArenaHasAllItIsMadeFor) {
  EXPECT_EQ(arena_share({}, false), kArenaBytes);
  EXPECT_EQ(arena_share({}, true), kArenaBytes);
}

TEST(MemoryLimitsTest, OfALimitTheArenaTakesAQuarterAtMostOrNothing) {
  for (uint64_t limit = 1 << 20; limit < 8 * uint64_t{kArenaBytes}; limit += limit / 3) {
    const size_t share = arena_share({.address_space = limit}, true);
    EXPECT_LE(share, limit / 4);
    EXPECT_EQ(share == 0, limit / 4 < kLeastArenaBytes) << limit;
  }
}

TEST(MemoryLimitsTest, PrivateMemoryLimitsPrivateArenasOnly) {
  EXPECT_EQ(arena_share({.private_memory = 16 * kGiB}, false), 4 * kGiB);
  EXPECT_EQ(arena_share({.private_memory = 16 * kGiB}, true), kArenaBytes);
}

TEST(MemoryLimitsTest, UnderStrictOvercommitNoPageIsSharedThatCouldBeRefusedWhenItIsTouched) {
  const platform::MemoryLimits strict = {.private_memory = 64 * kGiB, .commits_strictly = true};
  EXPECT_EQ(arena_share(strict, true), 0u);
  EXPECT_EQ(arena_share(strict, false), 16 * kGiB);
}

TEST(MemoryLimitsTest, ArenaIsMadeWithinItsShareOrNotAtAll) {
  EXPECT_EQ(Arena::create(-1, 0, {.address_space = 4 * kGiB}), nullptr);
  const ArenaHeader* header = Arena::create(-1, 0, {.address_space = 20 * kGiB});
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->bytes, 4 * kGiB);
  Arena::destroy();
}

TEST(MemoryLimitsTest, SharedArenaThatIsTooLargeForThisProcessIsNotMapped) {
  const int fd = platform::create_shared_memory(4 * kGiB);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(Arena::create(fd, 4 * kGiB, {.address_space = 15 * kGiB}), nullptr);
  EXPECT_EQ(Arena::create(fd, 4 * kGiB, {.commits_strictly = true}), nullptr);
  EXPECT_NE(Arena::create(fd, 4 * kGiB, {.address_space = 17 * kGiB}), nullptr);
  Arena::destroy();
  platform::close_descriptor(fd);
}

}  // namespace
}  // namespace heapreel::engine::testing
