#include "snapshot/reel/read/reel.h"

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using engine::Totals;

// Every game frame of the reel is what the listener saw then.
void expect_same_states(const Reel& reel, const SpyListener& spy) {
  ASSERT_EQ(reel.game_frames().size(), spy.states.size() + 1);
  for (const auto& [number, facts] : spy.states) {
    const auto set = reel.at(number);
    EXPECT_EQ(set->game_frame(), number);
    ASSERT_TRUE(StateFacts::of(*set) == facts) << "game frame " << number;
  }
}

void expect_row_between(const GameFrameRow& row, const Totals& before, const Totals& after) {
  EXPECT_EQ(row.allocs, after.allocs - before.allocs);
  EXPECT_EQ(row.frees, after.frees - before.frees);
  EXPECT_EQ(row.reallocs, after.reallocs - before.reallocs);
  EXPECT_EQ(row.alloc_bytes, after.alloc_bytes - before.alloc_bytes);
  EXPECT_EQ(row.freed_bytes, after.alloc_bytes - after.live_bytes - (before.alloc_bytes - before.live_bytes));
  EXPECT_EQ(row.live_blocks, after.live_blocks);
  EXPECT_EQ(row.live_bytes, after.live_bytes);
  EXPECT_EQ(row.peak_bytes, after.peak_bytes);
}

class ReelRoundTripTest : public ReelTest {
 protected:
  // Threads at work while game frames pass under them, at any point of a thread's turn.
  void run_threads(int threads, int game_frames, int clear_every = 0) {
    constexpr int kEvents = 100;
    std::atomic<int> frame_now{0};
    std::atomic<int> turns{0};
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&frame_now, &turns, game_frames, i] {
        RandomHistory history(static_cast<uint32_t>(i), static_cast<uint64_t>(i));
        for (int turn = 0; turn <= game_frames; ++turn) {
          while (frame_now.load(std::memory_order_relaxed) < turn - 1) std::this_thread::yield();
          history.step(kEvents);
          if (turn % 3 == i % 3) history.make_heaps(engine::register_domain(i % 2 == 0 ? "Pool" : "Other", 16));
          turns.fetch_add(1, std::memory_order_relaxed);
        }
      });
    }
    for (int frame = 1; frame <= game_frames; ++frame) {
      while (turns.load(std::memory_order_relaxed) < frame * threads) round();
      if (frame % 10 == 0) engine::mark(("at " + std::to_string(frame)).c_str());
      if (clear_every != 0 && frame % clear_every == 0) engine::clear_traces();
      end_game_frame();
      frame_now.store(frame, std::memory_order_relaxed);
    }
    for (std::thread& worker : workers) worker.join();
    round();
    ASSERT_GE(engine::tracer_state()->consolidator->totals().issued,
              static_cast<uint64_t>(game_frames * threads * kEvents) / 2);
    ASSERT_EQ(engine::tracer_state()->ended.load(), engine::EndReason::kNotEnded);
  }
};

TEST_F(ReelRoundTripTest, EveryGameFrameOfFourThreadsReadsBackBlockByBlock) {
  start_without_thread();
  record({}, 1'000);
  run_threads(4, 60);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_FALSE(reel.info().recovered);
  EXPECT_TRUE(reel.info().complete);
  expect_same_states(reel, spy_);
}

TEST_F(ReelRoundTripTest, KeyStillsAtEveryStepShowTheSame) {
  start_without_thread();
  record({.least_key_distance = 1, .key_every = 0}, 1'000);
  run_threads(2, 40);
  ASSERT_EQ(finish(), "");
  expect_same_states(Reel::open(path()), spy_);
}

TEST_F(ReelRoundTripTest, ClearedTracesStartFromNothing) {
  start_without_thread();
  record({}, 1'000);
  run_threads(3, 40, 7);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  expect_same_states(reel, spy_);
  EXPECT_EQ(reel.info().generations, 6u);
  uint64_t allocs = 0;
  for (const GameFrameRow& row : reel.game_frames()) allocs += row.allocs;
  EXPECT_EQ(allocs, reel.info().totals.allocs);
}

TEST_F(ReelRoundTripTest, RowsAreTheDifferencesOfSums) {
  start_without_thread();
  record({}, 1'000);
  run_threads(2, 20);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  Totals before;
  for (const auto& [number, totals] : spy_.totals) {
    expect_row_between(reel.game_frames()[number], before, totals);
    EXPECT_FALSE(reel.game_frames()[number].merged);
    before = totals;
  }
  EXPECT_TRUE(reel.game_frames().back().partial);
  EXPECT_TRUE(reel.info().totals.balanced());
}

TEST_F(ReelRoundTripTest, AWriterThatLagsMergesGameFramesAndLosesNoSum) {
  start_without_thread();
  record({}, 1);
  run_threads(2, 50);
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  Totals before;
  for (const auto& [number, totals] : spy_.totals) {
    const GameFrameRow& row = reel.game_frames()[number];
    expect_row_between(row, before, totals);
    before = totals;
    if (row.merged) {
      EXPECT_THROW(reel.at(number), ReelError);
    } else {
      EXPECT_TRUE(StateFacts::of(*reel.at(number)) == spy_.states[number]);
    }
  }
}

TEST_F(ReelRoundTripTest, AReelWithoutRoomForStatesHasEverySumAndItsEnd) {
  start_without_thread();
  record({}, 0);
  run_threads(2, 10);
  const uint64_t live = engine::tracer_state()->consolidator->totals().live_blocks;
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_EQ(reel.info().merged_game_frames, 10u);
  EXPECT_EQ(reel.at_end()->block_count(), live);
  Totals before;
  for (const auto& [number, totals] : spy_.totals) {
    expect_row_between(reel.game_frames()[number], before, totals);
    before = totals;
  }
}

class ReelFileTest : public ReelTest {};

TEST_F(ReelFileTest, CostsAreTheSameInTheReel) {
  start_without_thread();
  record();
  ReelEnd end;
  uint64_t bytes = 1;
  for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) end.costs.own_memory.*part.bytes = bytes *= 3;
  end.costs.clock_period_ms = 16;
  end.costs.late_game_frames = 7;
  end.costs.longest_game_frame_ns = 80'000'000;
  ASSERT_EQ(finish(end), "");
  const ReelCosts read = Reel::open(path()).info().end.costs;
  for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
    EXPECT_EQ(read.own_memory.*part.bytes, end.costs.own_memory.*part.bytes) << part.key;
  }
  EXPECT_EQ(read.own_memory.total(), end.costs.own_memory.total());
  EXPECT_EQ(read.clock_period_ms, 16u);
  EXPECT_EQ(read.late_game_frames, 7u);
  EXPECT_EQ(read.longest_game_frame_ns, 80'000'000u);
}

TEST_F(ReelFileTest, CostsThatALaterVersionAddsArePassedOver) {
  ByteWriter out;
  out.varint(2);
  out.text("seconds_of_joy");
  out.varint(5);
  out.text("own_memory.rings");
  out.varint(6);
  ByteReader in(out.bytes());
  EXPECT_EQ(read_costs(in).own_memory.total(), 6u);
}

TEST_F(ReelFileTest, AProcessThatEndsBeforeItsFirstGameFrameHasItsEndState) {
  start_without_thread();
  record();
  alloc(0x1000, 10);
  alloc(0x2000, 20);
  free(0x1000);
  ASSERT_EQ(finish({.ending = ReelEnding::kSignalled, .status = 9}), "");
  const Reel reel = Reel::open(path());
  ASSERT_EQ(reel.game_frames().size(), 1u);
  EXPECT_TRUE(reel.game_frames()[0].partial);
  EXPECT_EQ(reel.at_end()->block_count(), 1u);
  EXPECT_EQ(reel.info().totals.allocs, 2u);
  EXPECT_EQ(reel.info().end.ending, ReelEnding::kSignalled);
  EXPECT_EQ(reel.info().end.status, 9);
  EXPECT_EQ(reel.info().header.command_line, (std::vector<std::string>{"game", "--level", ""}));
}

TEST_F(ReelFileTest, MarksKeepNameAndGameFrame) {
  start_without_thread();
  record();
  alloc(0x1000, 10);
  end_game_frame();
  alloc(0x2000, 20);
  engine::mark("level-loaded");
  end_game_frame();
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  ASSERT_EQ(reel.marks().size(), 1u);
  EXPECT_EQ(reel.marks()[0].name, "level-loaded");
  EXPECT_EQ(reel.marks()[0].game_frame, 1u);
  EXPECT_EQ(reel.marks()[0].sums.totals.live_bytes, 30u);
  EXPECT_EQ(reel.peak_game_frame(), 1u);
}

TEST_F(ReelFileTest, AnExistingFileIsReplacedOnlyWhenAsked) {
  start_without_thread();
  write_file(path(), {'x'});
  ReelWriter careful(*engine::tracer_state());
  EXPECT_NE(careful.open(path(), {}), "");
  EXPECT_EQ(read_file(path()), std::vector<char>{'x'});
  ReelWriter told(*engine::tracer_state(), {.overwrite = true});
  EXPECT_EQ(told.open(path(), {}), "");
}

TEST_F(ReelFileTest, TheSizeLimitEndsTheReelCleanlyAndItSaysSo) {
  start_without_thread();
  constexpr uint64_t kLimit = 20'000;
  record({.max_bytes = kLimit}, 1'000);
  for (uintptr_t frame = 0; frame < 200; ++frame) {
    for (uintptr_t i = 0; i < 50; ++i) alloc((frame * 50 + i + 1) * 16, i);
    end_game_frame();
  }
  EXPECT_NE(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_TRUE(reel.info().complete);
  EXPECT_FALSE(reel.info().recovered);
  EXPECT_EQ(reel.info().end.stop, ReelStop::kMaxSize);
  EXPECT_LE(reel.info().file_bytes, kLimit);
  ASSERT_GT(reel.game_frames().size(), 10u);
  const uint32_t last = reel.game_frames().back().number;
  EXPECT_TRUE(StateFacts::of(*reel.at(last)).is_shown_of(spy_.states[last]));
}

TEST_F(ReelFileTest, AFullDiskEndsTheReelAndItsStillsStand) {
  start_without_thread();
  record({}, 1'000);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit little = before;
  little.rlim_cur = 10'000;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  for (uintptr_t frame = 0; frame < 200; ++frame) {
    for (uintptr_t i = 0; i < 50; ++i) alloc((frame * 50 + i + 1) * 16, i);
    end_game_frame();
  }
  const std::string error = finish();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_NE(error.find(path()), error.npos) << error;
  const Reel reel = Reel::open(path());
  ASSERT_GT(reel.game_frames().size(), 5u);
  for (const GameFrameRow& row : reel.game_frames()) {
    EXPECT_TRUE(StateFacts::of(*reel.at(row.number)).is_shown_of(spy_.states[row.number]));
  }
}

TEST_F(ReelFileTest, WhatIsNoReelIsCalledSo) {
  for (const std::vector<char>& bytes : {std::vector<char>{}, std::vector<char>(100, 'x'), std::vector<char>{'h'}}) {
    write_file(path(), bytes);
    EXPECT_THROW(Reel::open(path()), ReelError);
  }
  EXPECT_THROW(Reel::open(path() + ".missing"), ReelError);
}

}  // namespace
}  // namespace heapreel::testing
