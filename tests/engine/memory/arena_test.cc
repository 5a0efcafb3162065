// Two ends that hand out addresses, from any thread.
#include "engine/memory/arena.h"

#include <algorithm>
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

}  // namespace
}  // namespace heapreel::engine::testing
