#include "engine/totals_board.h"

#include <gtest/gtest.h>

#include <thread>

namespace heapreel::engine::testing {
namespace {

TEST(TotalsBoardTest, ReaderSeesWhatWasPublishedLast) {
  TotalsBoard board;
  EXPECT_EQ(board.read().live_bytes, 0u);
  Totals totals;
  totals.live_bytes = 5;
  totals.untracked_frees = 7;
  board.publish(totals);
  EXPECT_EQ(board.read().live_bytes, 5u);
  EXPECT_EQ(board.read().untracked_frees, 7u);
}

TEST(TotalsBoardTest, ReaderNeverSeesTwoPublicationsMixed) {
  TotalsBoard board;
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
