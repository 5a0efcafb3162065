#include "engine/cut/tick_clock.h"

#include <gtest/gtest.h>

namespace heapreel::engine {
namespace {

TEST(TickClockTest, TimeBetweenTwoReadingsIsInterpolated) {
  TickClock clock({.ticks = 1'000, .ns = 500'000});
  clock.read({.ticks = 5'000, .ns = 502'000});
  EXPECT_EQ(clock.ns_at(1'000), 500'000u);
  EXPECT_EQ(clock.ns_at(2'000), 500'500u);
  EXPECT_EQ(clock.ns_at(5'000), 502'000u);
}

TEST(TickClockTest, OnlyTheLastTwoReadingsCount) {
  TickClock clock({.ticks = 0, .ns = 0});
  clock.read({.ticks = 1'000, .ns = 7'000});
  clock.read({.ticks = 2'000, .ns = 8'000});
  EXPECT_EQ(clock.ns_at(1'500), 7'500u);
}

TEST(TickClockTest, TicksThatJumpNeverLeaveTheReadings) {
  TickClock clock({.ticks = 1'000, .ns = 500'000});
  clock.read({.ticks = 5'000, .ns = 502'000});
  EXPECT_EQ(clock.ns_at(10), 500'000u) << "of a core that lags behind";
  EXPECT_EQ(clock.ns_at(1'000'000), 502'000u) << "of a core that is ahead";
}

TEST(TickClockTest, TicksThatRanBackwardsBetweenReadingsGiveTheEarlierOne) {
  TickClock clock({.ticks = 9'000, .ns = 500'000});
  clock.read({.ticks = 100, .ns = 502'000});  // the program moved to another machine
  EXPECT_EQ(clock.ns_at(50), 500'000u);
}

TEST(TickClockTest, DaysBetweenReadingsDoNotOverflow) {
  constexpr uint64_t kDays = 100ull * 24 * 3600 * 1'000'000'000;
  TickClock clock({.ticks = 0, .ns = 0});
  clock.read({.ticks = 5 * kDays, .ns = kDays});
  EXPECT_NEAR(static_cast<double>(clock.ns_at(5 * kDays / 2)), static_cast<double>(kDays / 2), 1'000);
}

TEST(TickClockTest, ReadsTheClocksOfThisMachine) {
  TickClock clock(TickClock::now());
  const uint64_t before = platform::monotonic_ns();
  platform::sleep_ns(1'000'000);
  const uint64_t ticks = cpu::ticks();
  const uint64_t after = platform::monotonic_ns();
  clock.read(TickClock::now());
  EXPECT_GT(clock.ns_at(ticks), before);
  EXPECT_LT(clock.ns_at(ticks), after + 1'000'000);
}

}  // namespace
}  // namespace heapreel::engine
