#include "engine/consolidate/round_pause.h"

#include <gtest/gtest.h>

namespace heapreel::engine {
namespace {

constexpr uint64_t kUsualNs = 250'000;
constexpr uint64_t kIdleNs = 500'000;
constexpr uint64_t kStartNs = 1'000'000'000;

TEST(RoundPauseTest, AFewEventsLeaveItAtTheUsualPause) {
  RoundPause pace(kUsualNs, kIdleNs);
  pace.after(0, kStartNs);
  EXPECT_EQ(pace.after(87, kStartNs + 290'000), kUsualNs);  // 300 thousand a second
}

TEST(RoundPauseTest, PauseOfABurstLetsOneRoundsEventsCome) {
  RoundPause pace(kUsualNs, kIdleNs);
  pace.after(0, kStartNs);
  EXPECT_EQ(pace.after(2 * RoundPause::kEventsARound, kStartNs + 300'000), 150'000u);
}

TEST(RoundPauseTest, PauseIsNeverShorterThanTheLeast) {
  RoundPause pace(kUsualNs, kIdleNs);
  pace.after(0, kStartNs);
  EXPECT_EQ(pace.after(1'000'000, kStartNs + 300'000), RoundPause::kLeastNs);
}

TEST(RoundPauseTest, WaitForTheNextGameFrameIsNotIdle) {
  RoundPause pace(kUsualNs, kIdleNs);
  pace.after(5'000, kStartNs);
  EXPECT_EQ(pace.after(5'000, kStartNs + 33'000'000), kUsualNs);
}

TEST(RoundPauseTest, ProgramAtRestIsLookedAtLessOftenUntilItMoves) {
  RoundPause pace(kUsualNs, kIdleNs);
  pace.after(5'000, kStartNs);
  EXPECT_EQ(pace.after(5'000, kStartNs + 51'000'000), kIdleNs);
  EXPECT_EQ(pace.after(5'001, kStartNs + 51'500'000), kUsualNs);
  EXPECT_EQ(pace.after(5'001, kStartNs + 52'000'000), kUsualNs);
}

}  // namespace
}  // namespace heapreel::engine
