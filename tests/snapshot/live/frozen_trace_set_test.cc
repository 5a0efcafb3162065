#include "snapshot/live/frozen_trace_set.h"

#include <heapreel/heapreel.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/record/recorder.h"
#include "engine/tracer/tracer.h"
#include "engine/tracer/tracer_functions.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::testing {
namespace {

class LiveTracingTest : public engine::testing::TracerTest {};

[[gnu::noinline]] uintptr_t here() {
  return reinterpret_cast<uintptr_t>(__builtin_return_address(0));
}

// A walked stack, so that the modules on it are known.
[[gnu::noinline]] void record_as_a_hook(const void* p) {
  engine::record_alloc(0, p, 10, HEAPREEL_WALK_START());
}

TEST_F(LiveTracingTest, LimitsOutsideTheRangeAreRefusedWithPythonsWords) {
  for (const int limit : {-1, 0, kMaxTracebackLimit + 1}) {
    try {
      heapreel::start(limit);
      ADD_FAILURE() << limit;
    } catch (const std::invalid_argument& error) {
      EXPECT_STREQ(error.what(), "the number of frames must be in range [1; 1024]");
    }
  }
  EXPECT_FALSE(heapreel::is_tracing());
}

TEST_F(LiveTracingTest, StartingTwiceKeepsTheFirstLimitAndStopKeepsItToo) {
  heapreel::start(5);
  heapreel::start(10);
  EXPECT_EQ(heapreel::get_traceback_limit(), 5);
  EXPECT_THROW(heapreel::start(0), std::invalid_argument);
  heapreel::stop();
  EXPECT_FALSE(heapreel::is_tracing());
  EXPECT_EQ(heapreel::get_traceback_limit(), 5);
}

TEST_F(LiveTracingTest, WithoutTracingThereIsNothingToTell) {
  EXPECT_THROW(heapreel::take_snapshot(), NotTracing);
  EXPECT_EQ(heapreel::get_traced_memory().current, 0u);
  EXPECT_EQ(heapreel::get_traced_memory().peak, 0u);
  EXPECT_FALSE(heapreel::get_object_traceback(address(0x1000)));
}

TEST_F(LiveTracingTest, ASnapshotRefusedJustBeforeAnotherThreadsStartWasNotRefusedForWantOfMemory) {
  engine::TracerFunctions door = engine::kOwnTracerFunctions;
  door.take_snapshot = []() -> engine::CutRequest* {
    heapreel::start();
    return nullptr;
  };
  ASSERT_TRUE(engine::use_tracer_functions(door));
  EXPECT_THROW(heapreel::take_snapshot(), NotTracing);
  ASSERT_TRUE(engine::use_tracer_functions(engine::kOwnTracerFunctions));
  EXPECT_TRUE(heapreel::is_tracing());
}

TEST_F(LiveTracingTest, TracedMemoryFollowsTheBlocks) {
  heapreel::start();
  alloc(0x1000, 100);
  alloc(0x2000, 50);
  free(0x1000);
  EXPECT_EQ(heapreel::get_traced_memory().current, 50u);
  EXPECT_EQ(heapreel::get_traced_memory().peak, 150u);
  heapreel::reset_peak();
  EXPECT_EQ(heapreel::get_traced_memory().peak, 50u);
  heapreel::clear_traces();
  EXPECT_EQ(heapreel::get_traced_memory().current, 0u);
  EXPECT_GT(heapreel::get_tracer_memory(), 0u);
}

// In a child of whatever fork it can be let go of, and says that it is gone; what was made of it before stays.
TEST_F(LiveTracingTest, SnapshotOfTheParentsIsOutOfReachInAForkedChild) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer takes the parent's threads to be in the child";
#endif
  heapreel::start();
  record_as_a_hook(address(0x1000));
  auto fresh = std::make_unique<Snapshot>(heapreel::take_snapshot());
  auto read = std::make_unique<Snapshot>(heapreel::take_snapshot());
  const std::vector<Statistic> rows = read->statistics(KeyType::lineno);
  alloc(0x2000, 50, {here()});
  auto half_read = std::make_unique<Snapshot>(heapreel::take_snapshot());
  const Traces traces = half_read->traces();
  const StatisticDiffs threads = half_read->compare_to(*read, KeyType::thread);
  const auto is_gone = [](auto&& look) {
    try {
      look();
    } catch (const std::runtime_error& error) {
      return std::string_view(error.what()).find("forked child") != std::string_view::npos;
    }
    return false;
  };
  for (const bool told : {true, false}) {
    const pid_t child = told ? fork() : _Fork();
    if (child == 0) {
      if (told) engine::after_fork_in_child();
      int status = 0;
      if (!is_gone([&] { fresh->statistics(KeyType::lineno); })) status |= 1;
      if (!is_gone([&] { traces[0].to_string(); })) status |= 2;
      if (threads.size() != 1 || threads[0].size != 60) status |= 8;
      if (rows.size() == 0 || rows[0].size != 10) status |= 4;
      fresh.reset();
      read.reset();
      half_read.reset();
      _exit(status);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << (told ? "fork" : "_Fork");
  }
  EXPECT_EQ(fresh->statistics(KeyType::lineno).size(), 1u);
}

TEST_F(LiveTracingTest, StacksResolveToTheLinesOfThisProgram) {
  heapreel::start();
  record_as_a_hook(address(0x5000));
  const uintptr_t pc = here();
  const int line = __LINE__ - 1;
  alloc(0x1000, 64, {pc});
  const Snapshot snapshot = heapreel::take_snapshot();
  const auto traceback = heapreel::get_object_traceback(address(0x1010));
  ASSERT_TRUE(traceback);
  const Frame& frame = (*traceback)[-1];
  EXPECT_NE(frame.function().find("StacksResolveToTheLinesOfThisProgram"), std::string::npos) << frame.function();
  EXPECT_EQ(frame.lineno(), static_cast<uint32_t>(line));
  EXPECT_NE(frame.filename().find("frozen_trace_set_test.cc"), std::string::npos) << frame.filename();
}

TEST_F(LiveTracingTest, UnknownCodeAndUnwalkedStacksAreNamedSo) {
  heapreel::start();
  alloc(0x1000, 64, {1, 2, 3});
  alloc(0x2000, 64, {});
  const auto unknown_code = heapreel::get_object_traceback(address(0x1000));
  const auto no_stack = heapreel::get_object_traceback(address(0x2000));
  ASSERT_TRUE(unknown_code && no_stack);
  EXPECT_EQ(unknown_code->size(), 3u);
  EXPECT_EQ((*unknown_code)[0].filename(), "<unknown>");
  EXPECT_EQ(no_stack->size(), 1u);
  EXPECT_EQ(no_stack->to_string(), "<unknown>:0");
}

TEST_F(LiveTracingTest, ComparisonsOfFrozenStatesEqualThoseOfTheirTraces) {
  heapreel::start();
  for (uintptr_t i = 1; i <= 2'000; ++i) alloc(i * 16, i, {100 + i % 7, 5});
  const Snapshot before = heapreel::take_snapshot();
  for (uintptr_t i = 1; i <= 2'000; i += 3) free(i * 16);
  for (uintptr_t i = 3'000; i <= 3'500; ++i) alloc(i * 16, i, {100 + i % 11, 5});
  const Snapshot after = heapreel::take_snapshot();

  const auto copy = [](const Snapshot& snapshot) {
    const Traces traces = snapshot.traces();
    return Snapshot::from_traces({traces.begin(), traces.end()}, snapshot.traceback_limit());
  };
  for (const KeyType key : {KeyType::traceback, KeyType::lineno, KeyType::size_class, KeyType::thread}) {
    const auto shared = after.compare_to(before, key);
    const auto plain = copy(after).compare_to(copy(before), key);
    if (key == KeyType::thread) {
      ASSERT_EQ(shared.size(), 1u);
      EXPECT_EQ(shared[0].size_diff, plain[0].size_diff);
    } else {
      EXPECT_EQ(shared, plain);
    }
  }
}

// The groups of both sites are asked for by number: of a state that does not have them nothing can be read.
TEST_F(LiveTracingTest, ASiteIsLookedUpInTheStateThatHasItWhicheverIsTheOlderOne) {
  heapreel::start();
  alloc(0x1000, 64, {100, 5});
  const Snapshot before = heapreel::take_snapshot();
  for (uintptr_t i = 1; i <= 300; ++i) alloc(0x10000 + i * 16, 32, {200 + i, 5});
  const Snapshot after = heapreel::take_snapshot();

  for (const KeyType key : {KeyType::lineno, KeyType::traceback}) {
    ASSERT_EQ(before.statistics(key).size(), 1u);
    const StatisticDiffs backwards = before.compare_to(after, key);
    ASSERT_EQ(backwards.size(), 301u);
    EXPECT_EQ(backwards[0].size_diff, -32);
    EXPECT_EQ(after.compare_to(before, key)[0].size_diff, 32);
  }
  const StatisticDiffs cumulative = before.compare_to(after, KeyType::lineno, true);
  EXPECT_EQ(cumulative[0].size_diff, -300 * 32);  // the frame that all have in common
}

TEST_F(LiveTracingTest, SnapshotsOutliveTheGenerationTheyAreOf) {
  heapreel::start();
  alloc(0x1000, 64);
  const Snapshot before = heapreel::take_snapshot();
  heapreel::clear_traces();
  alloc(0x2000, 32);
  const Snapshot after = heapreel::take_snapshot();
  EXPECT_EQ(before.traces().size(), 1u);
  EXPECT_EQ(after.compare_to(before, KeyType::traceback)[0].size_diff, -32);
}

}  // namespace
}  // namespace heapreel::testing
