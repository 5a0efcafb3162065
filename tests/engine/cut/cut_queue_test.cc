// Cuts that wait for the consolidator: each is served at its own place, whatever was queued behind it.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine {
namespace {

// Rounds are driven by the test.
class CutQueueTest : public testing::TracerTest {
 protected:
  void SetUp() override {
    TracerOptions options;
    options.frame_every_ms = 0;
    ASSERT_TRUE(start(options));
    ASSERT_TRUE(round());
  }
  static bool round() { return tracer_state()->consolidator->run_round(); }
};

TEST_F(CutQueueTest, EachOfManyThatWaitedShowsTheStateOfItsOwnCut) {
  constexpr uintptr_t kCuts = 100;  // more than are kept ready
  std::vector<SnapshotHandle> snapshots;
  for (uintptr_t i = 1; i <= kCuts; ++i) {
    alloc(i * 0x100, i);
    snapshots.push_back(take_snapshot());
    ASSERT_TRUE(snapshots.back());
  }
  EXPECT_FALSE(snapshots.front().ready());
  ASSERT_TRUE(round());
  for (uintptr_t i = 1; i <= kCuts; ++i) {
    ASSERT_TRUE(snapshots[i - 1].ready()) << i;
    const auto blocks = live_blocks(snapshots[i - 1]);
    ASSERT_EQ(blocks.size(), i);
    EXPECT_EQ(blocks.rbegin()->second, i) << "the newest block is the last before the cut";
  }
}

TEST_F(CutQueueTest, LentTimeStopsAtTheOldestCutThatWaits) {
  alloc(0x100, 1);
  const SnapshotHandle first = take_snapshot();
  alloc(0x200, 2);
  const SnapshotHandle second = take_snapshot();
  alloc(0x300, 3);
  tracer_state()->consolidator->lend_round();
  EXPECT_FALSE(first.ready());
  ASSERT_TRUE(round());
  EXPECT_EQ(live_blocks(first).size(), 1u);
  EXPECT_EQ(live_blocks(second).size(), 2u);
}

TEST_F(CutQueueTest, WhoeverWaitsDoesNotWaitForTheNextRound) {
  constexpr uint64_t kHourNs = 3'600'000'000'000;
  TracerState& state = *tracer_state();
  // relaxed: the round that follows is waited for
  state.heartbeat_ns.store(0, std::memory_order_relaxed);
  std::atomic<bool> done{false};
  std::thread consolidator([&] {
    RoundPause pace(kHourNs, kHourNs);
    while (!done) state.consolidator->run_round_and_pause(pace);
    state.consolidator->run_round();
  });
  while (state.heartbeat_ns == 0) std::this_thread::yield();
  alloc(0x100, 1);
  const SnapshotHandle snapshot = take_snapshot();
  const bool was_served = snapshot.get() != nullptr;
  const SnapshotHandle last = take_snapshot();
  done = true;
  const bool was_woken = last.get() != nullptr;
  if (!was_woken) platform::futex_wake_all(state.waits);
  consolidator.join();
  EXPECT_TRUE(was_served);
  EXPECT_TRUE(was_woken);
}

TEST_F(CutQueueTest, RequestsAreUsedAgainRoundAfterRound) {
  for (int i = 0; i < 50; ++i) {
    const SnapshotHandle snapshot = take_snapshot();
    game_frame();
    ASSERT_TRUE(round());
  }
  const size_t before = Arena::left();
  for (int i = 0; i < 5000; ++i) {
    const SnapshotHandle snapshot = take_snapshot();
    game_frame();
    ASSERT_TRUE(round());
  }
  EXPECT_LT(before - Arena::left(), size_t{64} << 10);
}

TEST_F(CutQueueTest, CutOverMoreRingsThanARequestHasRoomForIsComplete) {
  constexpr uintptr_t kThreads = 3 * CutRequest::kFewRings;
  std::mutex mutex;
  std::condition_variable changed;
  uintptr_t recorded = 0;
  bool done = false;
  std::vector<std::thread> threads;
  for (uintptr_t i = 1; i <= kThreads; ++i) {
    threads.emplace_back([&, i] {
      alloc(i * 0x1000, i);
      std::unique_lock lock(mutex);
      ++recorded;
      changed.notify_all();
      changed.wait(lock, [&] { return done; });  // its ring stays its own
    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return recorded == kThreads; });
  }
  const SnapshotHandle snapshot = take_snapshot();
  EXPECT_TRUE(round());
  EXPECT_EQ(live_blocks(snapshot).size(), kThreads);
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CutQueueTest, TimeOfASnapshotIsThatOfItsCut) {
  const uint64_t before = platform::monotonic_ns();
  const SnapshotHandle early = take_snapshot();
  const uint64_t between = platform::monotonic_ns();
  platform::sleep_ns(5'000'000);
  const SnapshotHandle late = take_snapshot();
  ASSERT_TRUE(round());
  constexpr uint64_t kBlurNs = 1'000'000;
  EXPECT_GE(early.get()->time_ns + kBlurNs, before);
  EXPECT_LE(early.get()->time_ns, between + kBlurNs);
  EXPECT_GE(late.get()->time_ns + kBlurNs, between + 5'000'000);
}

}  // namespace
}  // namespace heapreel::engine
