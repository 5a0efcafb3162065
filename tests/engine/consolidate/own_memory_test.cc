// The tracer's own memory follows what lives and what is in flight, for hours. Each kind of work is done for 100 game
// frames and then for many more of the same: no more than slack may be added. Rounds are driven by hand, and the clock is
// the test's.
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/snapshot_handle.h"
#include "engine/memory/test_clock.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kSlack = 8 * kMiB;
constexpr uint64_t kGameFrameNs = 16'666'667;

std::atomic<uint64_t> g_now_ns{1'000'000'000};

// relaxed: one thread tells the time
void pass(uint64_t ns) {
  g_now_ns.fetch_add(ns, std::memory_order_relaxed);
}
// relaxed: as above
uint64_t now_ns() {
  return g_now_ns.load(std::memory_order_relaxed);
}

class OwnMemoryTest : public TracerTest {
 protected:
  void SetUp() override { platform::set_clock_for_test(now_ns); }
  void TearDown() override {
    TracerTest::TearDown();
    platform::set_clock_for_test(nullptr);
  }

  static void start_with(uint64_t ring_budget) {
    TracerOptions options;
    options.frame_every_ms = 0;
    options.ring_budget = ring_budget;
    options.overload = OverloadPolicy::kBlock;
    ASSERT_TRUE(start(options));
    round();
  }
  static void round(CutListener* listener = nullptr) { ASSERT_TRUE(tracer_state()->consolidator->run_round(listener)); }

  static void pair(uintptr_t p) {
    alloc(p, 64);
    free(p);
  }
  static void pairs(int count) {
    for (int i = 0; i < count; ++i) pair(0x10'0000 + static_cast<uintptr_t>(i) % 64 * 64);
  }

  // Own memory after 100 game frames of `work`, and what `frames` more add.
  static void expect_no_growth(int frames, const std::function<void(int)>& work) {
    start_with(64 * kMiB);
    for (int frame = 0; frame < 100; ++frame) work(frame);
    const size_t before = tracer_memory();
    for (int frame = 100; frame < 100 + frames; ++frame) work(frame);
    EXPECT_LE(tracer_memory(), before + kSlack);
    expect_complete();
  }
  static void expect_complete() {
    round();
    round();
    EXPECT_TRUE(is_tracing());
    const Totals& totals = tracer_state()->consolidator->totals();
    EXPECT_TRUE(totals.balanced());
    EXPECT_EQ(totals.mismatched_frees, 0u);
    EXPECT_EQ(totals.degraded, 0u);
  }
};

// What a listener of game frames keeps, as the writer of a reel does.
class KeptGameFrames final : public CutListener {
 public:
  bool on_game_frame(const FrozenTraces& state) override {
    kept_.push_back(state);
    if (kept_.size() > kMost) {
      Consolidator::drop(*tracer_state(), kept_.front().generation, kept_.front().store_epoch);
      kept_.pop_front();
    }
    return true;
  }
  bool on_mark(const char*, const FrozenTraces&) override { return false; }
  void on_generation_end(const FrozenTraces&) override {}

 private:
  static constexpr size_t kMost = 16;
  std::deque<FrozenTraces> kept_;
};

TEST_F(OwnMemoryTest, BurstsThatTheConsolidatorComesTooLateForLeaveNothingBehind) {
  expect_no_growth(10'000, [](int) {
    pairs(300);
    for (int i = 0; i < 20; ++i) {
      pass(kGameFrameNs / 20);
      round();
    }
  });
}

TEST_F(OwnMemoryTest, SteadyLoadOverOldBlocksLeavesNothingBehind) {
  uint32_t random = 1;
  std::vector<bool> lives(4096);
  expect_no_growth(10'000, [&](int) {
    for (int i = 0; i < 200; ++i) {
      random = random * 1'664'525 + 1'013'904'223;
      const uint32_t block = random >> 20;
      const uintptr_t p = 0x100'0000 + block * 64;
      lives[block] ? free(p) : alloc(p, 40);
      lives[block] = !lives[block];
      if (i % 50 == 0) round();
    }
    pass(kGameFrameNs);
    round();
  });
}

TEST_F(OwnMemoryTest, ThreadsInTurnLeaveNothingBehind) {
  std::vector<std::unique_ptr<WorkerThread>> workers;
  for (int i = 0; i < 8; ++i) workers.push_back(std::make_unique<WorkerThread>());
  expect_no_growth(10'000, [&](int frame) {
    workers[static_cast<size_t>(frame) % 8]->run([] { pairs(200); });
    pass(kGameFrameNs);
    round();
  });
}

TEST_F(OwnMemoryTest, ThreadsThatComeAndGoLeaveNothingBehind) {
  expect_no_growth(5'000, [](int) {
    std::thread([] { pairs(150); }).join();
    pass(kGameFrameNs);
    round();
  });
}

TEST_F(OwnMemoryTest, GameFramesFlatOutAreLetGoAsTheirListenerDoes) {
  KeptGameFrames listener;
  std::deque<uintptr_t> later;
  uintptr_t next = 0;
  expect_no_growth(30'000, [&](int frame) {
    for (int i = 0; i < 3; ++i) {
      later.push_back(0x100'0000 + next++ % 10'000 * 64);
      alloc(later.back(), 24);
    }
    while (later.size() > 3000) {
      free(later.front());
      later.pop_front();
    }
    game_frame();
    if (frame % 2000 == 0) round(&listener);
    pass(1000);
  });
}

TEST_F(OwnMemoryTest, SnapshotsTakenAndDroppedLeaveNothingBehind) {
  std::deque<SnapshotHandle> held;
  expect_no_growth(10'000, [&](int frame) {
    pairs(100);
    alloc(0x800'0000 + static_cast<uintptr_t>(frame) % 3000 * 64, 16);
    if (frame >= 2000) free(0x800'0000 + static_cast<uintptr_t>(frame - 2000) % 3000 * 64);
    held.emplace_back(take_snapshot());
    if (held.size() > 3) held.pop_front();
    pass(kGameFrameNs);
    round();
  });
  held.clear();
}

// One block comes and goes as fast as it can, and the thread that does it drains its own ring when that is full.
TEST_F(OwnMemoryTest, SaturatedConsolidatorTakesTheRingBudgetAndNoMore) {
  constexpr uint64_t kRingBudget = 8 * kMiB;
  start_with(kRingBudget);
  const size_t before = tracer_memory();
  for (int i = 0; i < 40; ++i) pairs(50'000);
  EXPECT_LE(tracer_memory(), before + kRingBudget + kSlack);
  round();
  EXPECT_TRUE(tracer_state()->consolidator->totals().balanced());
}

TEST_F(OwnMemoryTest, WhatAPeakNeededGoesBackToTheSystem) {
  start_with(64 * kMiB);
  pairs(1000);
  round();
  const size_t before = tracer_memory();
  constexpr uintptr_t kBlocks = 200'000;
  // One granule in four: the block maps of that, 1 byte in 16, stay.
  for (uintptr_t i = 0; i < kBlocks; ++i) alloc(0x1000'0000 + i * 64, 48);
  round();
  EXPECT_GT(tracer_memory(), before + 12 * kMiB);
  const size_t address_space = Arena::left();
  for (uintptr_t i = 0; i < kBlocks; ++i) free(0x1000'0000 + i * 64);
  constexpr size_t kMapBytes = kBlocks * 64 / 4;
  for (int frame = 0; frame < 20 * 60; ++frame) {
    pass(kGameFrameNs);
    pairs(10);
    round();
  }
  EXPECT_LE(tracer_memory(), before + kMapBytes + 4 * kMiB);
  EXPECT_LE(own_memory().rings, 40 * kSegmentBytes);
  // And it is there again when it is needed, in the same places.
  for (uintptr_t i = 0; i < kBlocks; ++i) alloc(0x1000'0000 + i * 64, 48);
  expect_complete();
  EXPECT_EQ(tracer_state()->consolidator->totals().live_blocks, kBlocks);
  EXPECT_GE(Arena::left() + kMiB, address_space);
}

TEST_F(OwnMemoryTest, PartsAddUpAndEachGrowsWithWhatItIsFor) {
  start_with(64 * kMiB);
  round();
  const OwnMemory before = own_memory();
  EXPECT_EQ(before.total(), tracer_memory());
  const SnapshotHandle held(take_snapshot());
  round();
  for (uintptr_t i = 0; i < 20'000; ++i) alloc(0x100'0000 + i * 64, 24, {i, 2, 3, 4, 5});
  const OwnMemory in_flight = own_memory();
  EXPECT_GT(in_flight.rings, before.rings + 20'000 * 16);
  EXPECT_EQ(in_flight.records, before.records);
  register_scope("OwnMemoryTest/a scope with a name of some length");
  round();
  const SnapshotHandle newer(take_snapshot());
  round();
  for (uintptr_t i = 0; i < 20'000; i += 100) free(0x100'0000 + i * 64);
  for (uintptr_t i = 0; i < 20'000; i += 100) alloc(0x100'0000 + i * 64, 24, {i, 2, 3, 4, 5});
  round();
  const OwnMemory after = own_memory();
  EXPECT_EQ(after.total(), tracer_memory());
  EXPECT_GE(after.records, before.records + 20'000 * sizeof(Record));
  EXPECT_LE(after.records, before.records + 20'000 * 2 * sizeof(Record));
  EXPECT_GE(after.sites, before.sites + 20'000 * sizeof(StoredSite));
  EXPECT_GE(after.tracebacks, before.tracebacks + 20'000 * (sizeof(StoredTraceback) + sizeof(uintptr_t)));
  EXPECT_GE(after.frozen_copies, before.frozen_copies + 20'000 / kBlocksPerPage * sizeof(StoredSite));
  EXPECT_GE(after.block_maps, before.block_maps + 20'000 * 16);
  EXPECT_GE(after.threads, sizeof(Recorder));
  EXPECT_GT(after.names, 0u);
  EXPECT_LE(after.others, 4 * kMiB);
}

TEST_F(OwnMemoryTest, TwoHoursOfAGameAreCompleteWithinAFewMegabytes) {
  KeptGameFrames listener;
  start_with(64 * kMiB);
  constexpr int kGameFrames = 2 * 3600 * 60;
  for (int frame = 0; frame < kGameFrames; ++frame) {
    pairs(8);
    const auto block = static_cast<uintptr_t>(frame);
    alloc(0x100'0000 + block % 1000 * 64, 100);
    if (frame >= 600) free(0x100'0000 + (block - 600) % 1000 * 64);
    game_frame();
    pass(kGameFrameNs);
    round(&listener);
  }
  EXPECT_LE(tracer_memory(), 16 * kMiB);
  EXPECT_EQ(tracer_state()->consolidator->game_frame(), static_cast<uint32_t>(kGameFrames));
  expect_complete();
}

}  // namespace
}  // namespace heapreel::engine::testing
