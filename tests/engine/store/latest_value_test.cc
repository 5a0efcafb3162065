#include "engine/store/latest_value.h"

#include <gtest/gtest.h>

#include <thread>

namespace heapreel::engine::testing {
namespace {

TEST(LatestValueTest, ReaderSeesWhatWasPublishedLast) {
  LatestTotals board;
  EXPECT_EQ(board.read().live_bytes, 0u);
  Totals totals;
  totals.live_bytes = 5;
  totals.untracked_frees = 7;
  board.publish(totals);
  EXPECT_EQ(board.read().live_bytes, 5u);
  EXPECT_EQ(board.read().untracked_frees, 7u);
}

struct Died {};
struct LooksForEver {};

// Its writer dies after `s_stores_left` more stores, and its reader gives up after `s_loads_left` more loads.
template <class T>
class MortalAtomic {
 public:
  MortalAtomic(T value = {}) : value_(value) {}
  T load(std::memory_order) const {
    if (s_loads_left-- == 0) throw LooksForEver();
    return value_;
  }
  void store(T value, std::memory_order) {
    if (s_stores_left-- == 0) throw Died();
    value_ = value;
  }

  static inline int s_stores_left = 0;
  static inline int s_loads_left = 0;

 private:
  T value_;
};

TEST(LatestValueTest, WriterThatDiesAtAnyStoreLeavesAWholeCopyAtOneLook) {
  struct Sums {
    uint64_t first = 0;
    uint64_t second = 0;
    uint64_t third = 0;
  };
  using Mortal = MortalAtomic<uint64_t>;
  constexpr int kForEver = 1'000'000;
  constexpr int kStores = 4;          // of a publication: three words and its number
  constexpr int kLoadsOfOneLook = 5;  // three words, and the number twice
  for (uint64_t before = 0; before < 6; ++before) {
    for (int dies_before = 0; dies_before <= kStores; ++dies_before) {
      Mortal::s_stores_left = Mortal::s_loads_left = kForEver;
      BasicLatestValue<Sums, MortalAtomic> board;
      for (uint64_t i = 1; i <= before; ++i) board.publish({i, 2 * i, 3 * i});
      Mortal::s_stores_left = dies_before;
      try {
        board.publish({before + 1, 2 * (before + 1), 3 * (before + 1)});
      } catch (const Died&) {
      }

      Mortal::s_loads_left = kLoadsOfOneLook;
      Sums seen;
      ASSERT_NO_THROW(seen = board.read()) << "dies before store " << dies_before << " after " << before;

      EXPECT_EQ(seen.first, dies_before == kStores ? before + 1 : before);
      EXPECT_EQ(seen.second, 2 * seen.first);
      EXPECT_EQ(seen.third, 3 * seen.first);
    }
  }
}

TEST(LatestValueTest, ReaderNeverSeesTwoPublicationsMixed) {
  LatestTotals board;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (uint64_t i = 1; i <= 200'000; ++i) {
      Totals totals;
      totals.live_blocks = i;
      totals.peak_bytes = 2 * i;
      totals.untracked_frees = 3 * i;
      board.publish(totals);
    }
    // relaxed: a flag
    done.store(true, std::memory_order_relaxed);
  });
  uint64_t mixed = 0;
  uint64_t backwards = 0;
  uint64_t newest = 0;
  // relaxed: a flag
  while (!done.load(std::memory_order_relaxed)) {
    const Totals seen = board.read();
    mixed += seen.peak_bytes != 2 * seen.live_blocks || seen.untracked_frees != 3 * seen.live_blocks ? 1 : 0;
    backwards += seen.live_blocks < newest ? 1 : 0;
    newest = seen.live_blocks;
  }
  writer.join();
  EXPECT_EQ(mixed, 0u);
  EXPECT_EQ(backwards, 0u);
  EXPECT_EQ(board.read().live_blocks, 200'000u);
}

}  // namespace
}  // namespace heapreel::engine::testing
