// tests/vectors/golden_domains.reel, which `write_golden_groups FILE domains` made, read to what its arena held at most.
#include <heapreel/domain_totals.h>
#include <heapreel/snapshot.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

// In game frame n the arena got as many blocks of 64 bytes as n has ones in base two, and was reset but in every eighth.
// What is not reset lives when the next one begins, whose blocks come to the same addresses.
uint64_t expected_peak(uint32_t number) {
  const uint32_t most = number % 8 == 0 ? number - 1 : number;
  return 64 * static_cast<uint64_t>(std::popcount(most));
}

TEST(GoldenDomainsTest, TheHighWaterMarkOfAnArenaIsToldGameFrameByGameFrame) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_domains.reel");
  EXPECT_EQ(reel.info().unknown_sections, 0u);
  EXPECT_TRUE(reel.verify().empty());
  for (const GameFrameRow& row : reel.game_frames()) {
    if (row.merged || row.partial || row.number == 0 || row.number > 83) continue;
    const auto domains = domain_totals(reel.snapshot_at(row.number));
    const auto arena = std::ranges::find(domains, "Arena", &DomainTotals::name);
    ASSERT_NE(arena, domains.end()) << row.number;
    EXPECT_EQ(arena->peak_bytes, expected_peak(row.number)) << row.number;
    EXPECT_EQ(arena->peak_bound, arena->peak_bytes);
    EXPECT_EQ(arena->bytes, row.number % 8 == 7 ? expected_peak(row.number) : 0) << row.number;
    EXPECT_FALSE(domains.front().peak_bytes) << "malloc's";
  }
}

TEST(GoldenDomainsTest, MergedGameFramesHaveTheirPeakToo) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_domains.reel");
  std::map<uint32_t, uint64_t> peaks;  // by game frame
  reel.domain_peaks().for_each([&](size_t still, const RecordedDomainPeak& peak) {
    peaks[reel.source()->contents().stills()[still].number()] = peak.sums.peak_bytes;
  });
  for (uint32_t number = 1; number <= 83; ++number) EXPECT_EQ(peaks[number], expected_peak(number)) << number;
}

TEST(GoldenDomainsTest, ReelsFromBeforeDoNotKnow) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_groups.reel");
  EXPECT_FALSE(reel.domain_peaks().knows(0));
  for (const DomainTotals& domain : domain_totals(reel.snapshot_at(5))) EXPECT_FALSE(domain.peak_bytes);
}

}  // namespace
}  // namespace heapreel::testing
