// Game frames that the timer makes: their period, and what is said when a round comes late.
#include "engine/consolidate/consolidator.h"
#include "engine/memory/test_clock.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

constexpr uint64_t kMs = 1'000'000;

uint64_t g_now_ns = 1000 * kMs;

class GameFrameClockTest : public TracerTest {
 protected:
  void SetUp() override {
    platform::set_clock_for_test([] { return g_now_ns; });
    TracerOptions options;
    options.frame_every_ms = 16;
    ASSERT_TRUE(start(options));
    round_after(0);
  }
  void TearDown() override {
    TracerTest::TearDown();
    platform::set_clock_for_test(nullptr);
  }
  static void round_after(uint64_t ns) {
    g_now_ns += ns;
    ASSERT_TRUE(tracer_state()->consolidator->run_round());
  }
  static const Consolidator& consolidator() { return *tracer_state()->consolidator; }
};

TEST_F(GameFrameClockTest, GameFramesKeepTheirPeriodThoughNoRoundFallsOnIt) {
  for (int i = 0; i < 16'000; ++i) round_after(kMs + 1000 * (static_cast<uint64_t>(i) % 100));
  const uint64_t passed_ms = 16'000 + 16'000 * 99 / 2 / 1000;
  EXPECT_NEAR(consolidator().game_frame(), passed_ms / 16, 1);
  EXPECT_TRUE(consolidator().makes_game_frames());
  EXPECT_EQ(consolidator().late_game_frames(), 0u);
  EXPECT_EQ(consolidator().longest_late_ns(), 0u);
}

TEST_F(GameFrameClockTest, GameFramesThatTookTooLongAreCounted) {
  round_after(16 * kMs);
  round_after(23 * kMs);
  EXPECT_EQ(consolidator().late_game_frames(), 0u);
  round_after(80 * kMs);
  round_after(30 * kMs);
  EXPECT_EQ(consolidator().game_frame(), 4u);
  EXPECT_EQ(consolidator().late_game_frames(), 2u);
  EXPECT_EQ(consolidator().longest_late_ns(), 87 * kMs);
}

TEST_F(GameFrameClockTest, GameFramesOfTheProgramAreNeverLate) {
  game_frame();
  round_after(80 * kMs);
  game_frame();
  round_after(80 * kMs);
  EXPECT_EQ(consolidator().late_game_frames(), 0u);
  EXPECT_FALSE(consolidator().makes_game_frames());
}

TEST_F(GameFrameClockTest, ABetterSourceMakesWhatWorseOnesEndedGameFrame0) {
  round_after(16 * kMs);
  EXPECT_EQ(consolidator().game_frame(), 1u);
  for (int i = 0; i < 3; ++i) game_frame_ended_by(GameFrameSource::kPresent, 5);
  round_after(80 * kMs);
  EXPECT_EQ(consolidator().game_frame(), 4u);
  EXPECT_EQ(consolidator().last_state().makeshift_game_frames, 1u);
  EXPECT_EQ(tracer_state()->present_function.load(), 5u);
  game_frame();
  game_frame_ended_by(GameFrameSource::kPresent, 5);
  game_frame();
  round_after(80 * kMs);
  EXPECT_EQ(consolidator().game_frame(), 6u);
  EXPECT_EQ(consolidator().last_state().makeshift_game_frames, 4u);
}

struct Told : CutListener {
  bool on_game_frame(const FrozenTraces&) override {
    ++game_frames;
    return false;
  }
  bool on_mark(const char*, const FrozenTraces&) override {
    ++marks;
    return false;
  }
  void on_generation_end(const FrozenTraces&) override {}
  int game_frames = 0;
  int marks = 0;
};

TEST_F(GameFrameClockTest, ARoundThatIsLentEndsNoGameFrameThatAListenerWouldMiss) {
  Told told;
  ASSERT_TRUE(listen(told));
  g_now_ns += 16 * kMs;
  tracer_state()->consolidator->lend_round();
  EXPECT_EQ(consolidator().game_frame(), 0u);
  round_after(0);
  EXPECT_EQ(consolidator().game_frame(), 1u);
  EXPECT_EQ(told.game_frames, 1);
  FrozenTraces last;
  EXPECT_TRUE(stop_listening(last));
}

TEST_F(GameFrameClockTest, AListenerIsToldOfAllThatWasAskedForBeforeItStopped) {
  Told told;
  ASSERT_TRUE(listen(told));
  alloc(0x100, 7);
  game_frame();
  mark("done");
  FrozenTraces last;
  ASSERT_TRUE(stop_listening(last));
  EXPECT_EQ(told.game_frames, 1);
  EXPECT_EQ(told.marks, 1);
  ASSERT_NE(last.store_epoch, 0u);
  alloc(0x200, 7);
  game_frame();
  round_after(kMs);
  EXPECT_EQ(told.game_frames, 1);
  int blocks = 0;
  last.for_each_block([&](BlockId, const Record&) { ++blocks; });
  EXPECT_EQ(blocks, 1) << "the state stays what it was";
  Consolidator::drop(*tracer_state(), last.generation, last.store_epoch);
  round_after(kMs);
}

}  // namespace
}  // namespace heapreel::engine::testing
