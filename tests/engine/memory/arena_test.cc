// Two ends that hand out addresses, from any thread.
#include "engine/memory/arena.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/engine/arena_fixture.h"

namespace heapreel::engine::testing {
namespace {

using Piece = std::pair<std::byte*, size_t>;

bool overlap(std::vector<Piece> pieces) {
  std::sort(pieces.begin(), pieces.end());
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i - 1].first + pieces[i - 1].second > pieces[i].first) return true;
  }
  return false;
}

TEST_F(ArenaTest, ThreadsThatMeetInTheMiddleNeverGetTheSameAddress) {
  // Little is left, so that the two ends meet at once.
  while (Arena::left() > 256 << 20) ASSERT_NE(Arena::reserve(Arena::left() / 2), nullptr);
  constexpr int kThreads = 4;
  std::vector<Piece> pieces[kThreads];
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&mine = pieces[t], t] {
      const size_t bytes = t % 2 == 0 ? 4096 : 64 * (1 + t);
      for (;;) {
        void* place = t % 2 == 0 ? Arena::reserve(bytes) : Arena::allocate(bytes);
        if (place == nullptr) return;
        mine.emplace_back(static_cast<std::byte*>(place), bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Piece> all;
  for (const auto& mine : pieces) all.insert(all.end(), mine.begin(), mine.end());
  EXPECT_FALSE(overlap(all));
  // relaxed: read where nobody writes
  EXPECT_EQ(Arena::header()->exhausted.load(std::memory_order_relaxed), 1u);
}

TEST_F(ArenaTest, RequestThatDoesNotFitTakesNothing) {
  const size_t before = Arena::left();
  EXPECT_EQ(Arena::reserve(before + 4096), nullptr);
  EXPECT_EQ(Arena::allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(Arena::reserve(SIZE_MAX), nullptr);
  EXPECT_EQ(Arena::left(), before);
  EXPECT_NE(Arena::reserve(4096), nullptr);
}

TEST_F(ArenaTest, WhatIsGivenBackOfTheMiddleIsFreeForOthersAndTheRestIsStillHandedOut) {
  auto* const below = static_cast<char*>(Arena::allocate(4096));
  const size_t capacity = Arena::capacity();
  constexpr size_t kKept = size_t{64} << 20;
  Arena::give_back_middle(kKept);
  EXPECT_LE(Arena::left(), kKept + (64 << 10));
  EXPECT_LT(Arena::capacity(), capacity);
  const uintptr_t middle = kArenaAddress + Arena::header()->bytes / 2;
  const platform::Mapping others = platform::map_at(middle, 1 << 20, -1);
  ASSERT_NE(others.base, nullptr);
  platform::unmap(others.base, others.bytes);
  below[0] = 1;
  auto* const above = static_cast<char*>(Arena::reserve(kKept / 2));
  ASSERT_NE(above, nullptr);
  above[0] = 1;
  EXPECT_EQ(Arena::reserve(kKept), nullptr);
}

TEST_F(ArenaTest, MemoryThatTheSystemDoesNotTakeBackReadsAsZeros) {
  constexpr size_t kBytes = 32 << 10;
  auto* const place = static_cast<unsigned char*>(Arena::reserve(kBytes));
  if (mlock(place, kBytes) != 0) GTEST_SKIP() << "no memory may be locked here";
  std::memset(place, 0xff, kBytes);
  Arena::release(place, kBytes);
  EXPECT_EQ(std::count(place, place + kBytes, 0), static_cast<std::ptrdiff_t>(kBytes));
  munlock(place, kBytes);
}

// A program that links the tracer may lock all memory as it is mapped, which fills it.
TEST(ArenaLockTest, ItsAddressesAreNotFilledWhereTheProgramLocksWhatItMaps) {
  const pid_t child = fork();  // locks are not inherited, and end with it
  if (child == 0) {
    if (mlockall(MCL_FUTURE) != 0) _exit(3);
    // Small, for a test that fails fills it.
    const platform::MemoryLimits limits = {.address_space = 4 * kLeastArenaBytes};
    if (Arena::create(-1, 0, limits) == nullptr) _exit(3);
    auto* const place = static_cast<unsigned char*>(Arena::allocate(1 << 20));
    place[0] = 1;
    unsigned char resident = 1;
    const auto middle = (reinterpret_cast<uintptr_t>(place) + (1 << 19)) / 4096 * 4096;
    _exit(mincore(reinterpret_cast<void*>(middle), 4096, &resident) == 0 ? resident & 1 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "so much memory may not be locked here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Kernels have pages of 4, 16 and 64 KiB: what is released need not be whole pages, and what is reserved is.
TEST(ArenaPagesTest, AreAsLargeAsTheKernelSays) {
  for (const size_t page : {size_t{4} << 10, size_t{16} << 10, size_t{64} << 10}) {
    platform::set_page_bytes_for_test(page);
    ASSERT_NE(Arena::create(-1, 0), nullptr);
    const auto first = reinterpret_cast<uintptr_t>(Arena::reserve(1));
    auto* const range = static_cast<unsigned char*>(Arena::reserve(4 * page));
    EXPECT_EQ(first % page, 0u) << page;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(range), first - 4 * page);
    std::memset(range, 0xff, 4 * page);
    Arena::release(range + 64, 3 * page);
    EXPECT_EQ(std::count(range, range + 4 * page, 0), static_cast<std::ptrdiff_t>(3 * page)) << page;
    EXPECT_EQ(range[63], 0xff);
    EXPECT_EQ(range[64 + 3 * page], 0xff);
    Arena::destroy();
  }
  platform::set_page_bytes_for_test(0);
}

// A recorder that is traced itself, or forked from such a process, has memory where the first arena would be.
TEST(ArenaPlaceTest, IsOneThatIsFreeInTheProcessThatAsksAndStaysFreeThere) {
  const int outer = platform::create_shared_memory(kLeastArenaBytes);
  const int inner = platform::create_shared_memory(kLeastArenaBytes);
  ASSERT_GE(inner, 0);
  const pid_t asking = fork();  // what is kept free is not for the other tests
  if (asking == 0) {
    Arena::ask_for_free_place(outer);
    const ArenaHeader* const first = Arena::create(outer, kLeastArenaBytes);
    if (reinterpret_cast<uintptr_t>(first) != kArenaAddress) _exit(2);
    Arena::ask_for_free_place(inner);
    constexpr uintptr_t kLast = kArenaAddress + (kArenaPlaces - 1) * kArenaBytes;
    if (platform::map_at(kLast + (1 << 20), 1 << 20, -1).base != nullptr) _exit(3);
    const pid_t program = fork();
    if (program == 0) {
      // As exec does, and then something lies in one of the places.
      platform::unmap(reinterpret_cast<std::byte*>(kLast), kArenaBytes);
      Arena::destroy();
      _exit(reinterpret_cast<uintptr_t>(Arena::create(inner, kLeastArenaBytes)) == kLast ? 0 : 1);
    }
    int status = 0;
    waitpid(program, &status, 0);
    if (status != 0) _exit(4);
    _exit(reinterpret_cast<uintptr_t>(Arena::attach(inner)) == kLast ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(waitpid(asking, &status, 0), asking);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  platform::close_descriptor(outer);
  platform::close_descriptor(inner);
}

// A process that has no addresses left for the arena knows from its descriptor whether anything is lost.
TEST(ArenaCreationTest, TellsByTheDescriptorAloneWhetherATracerWasStarted) {
  const int fd = platform::create_shared_memory(kLeastArenaBytes);
  ASSERT_GE(fd, 0);
  EXPECT_FALSE(Arena::has_root(fd));
  ArenaHeader* const header = Arena::create(fd, kLeastArenaBytes);
  ASSERT_NE(header, nullptr);
  EXPECT_FALSE(Arena::has_root(fd));
  header->root.store(header, std::memory_order_relaxed);
  EXPECT_TRUE(Arena::has_root(fd));
  Arena::destroy();
  platform::close_descriptor(fd);
}

TEST(ArenaCreationTest, RefusesADescriptorThatHoldsNothing) {
  const int fd = platform::create_shared_memory(0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(Arena::create(fd, 0), nullptr);
  platform::close_descriptor(fd);
}

}  // namespace
}  // namespace heapreel::engine::testing
