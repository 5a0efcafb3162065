// Counterparts, by name, of the parts of CPython's Lib/test/test_tracemalloc.py that trace: TestTracemallocEnabled and
// TestCAPI. Blocks are recorded as a hook does it.
#include <heapreel/heapreel.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "engine/record/recorder.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::testing {
namespace {

class TestTracemallocEnabled : public engine::testing::TracerTest {
 protected:
  void SetUp() override { heapreel::start(1); }

  static std::vector<uintptr_t> stack_of(uintptr_t depth) {
    std::vector<uintptr_t> pcs;
    for (uintptr_t pc = 1; pc <= depth; ++pc) pcs.push_back(0x100 * pc);
    return pcs;
  }
};

TEST_F(TestTracemallocEnabled, test_get_tracemalloc_memory) {
  for (uintptr_t i = 1; i <= 1'000; ++i) alloc(16 * i, 123);
  EXPECT_EQ(heapreel::take_snapshot().traces().size(), 1'000u);
  const size_t size = heapreel::get_tracer_memory();
  EXPECT_GT(size, 0u);
  heapreel::clear_traces();
  EXPECT_GT(heapreel::get_tracer_memory(), 0u);
}

TEST_F(TestTracemallocEnabled, test_get_object_traceback) {
  alloc(0x1000, 12'345, {0x400});
  const auto traceback = heapreel::get_object_traceback(address(0x1000));
  ASSERT_TRUE(traceback);
  EXPECT_EQ(traceback->size(), 1u);
  EXPECT_EQ(traceback->total_nframe(), std::nullopt);
  EXPECT_TRUE(heapreel::get_object_traceback(address(0x1000 + 12'344))) << "a pointer into the block";
  EXPECT_FALSE(heapreel::get_object_traceback(address(0x1000 + 12'345)));
}

// A free list that hands an object out again tells so by a free and an allocation: there is no event that replaces a
// stack alone.
TEST_F(TestTracemallocEnabled, test_new_reference) {
  heapreel::stop();
  heapreel::start(5);
  alloc(0x1000, 64, stack_of(2));
  free(0x1000);
  alloc(0x1000, 64, stack_of(3));
  EXPECT_EQ(heapreel::get_object_traceback(address(0x1000)).value().size(), 3u);
}

TEST_F(TestTracemallocEnabled, test_set_traceback_limit) {
  heapreel::stop();
  EXPECT_THROW(heapreel::start(-1), std::invalid_argument);
  heapreel::start(10);
  alloc(0x1000, 10, stack_of(20));
  EXPECT_EQ(heapreel::get_object_traceback(address(0x1000)).value().size(), 10u);
  heapreel::stop();
  heapreel::start(1);
  alloc(0x2000, 10, stack_of(20));
  EXPECT_EQ(heapreel::get_object_traceback(address(0x2000)).value().size(), 1u);
}

TEST_F(TestTracemallocEnabled, test_get_traces) {
  alloc(0x1000, 12'345, {0x400});
  const Traces traces = heapreel::take_snapshot().traces();
  ASSERT_EQ(traces.size(), 1u);
  EXPECT_EQ(traces[0].size, 12'345u);
  EXPECT_EQ(traces[0].domain, 0u);
  EXPECT_EQ(traces[0].traceback, heapreel::get_object_traceback(address(0x1000)));
  heapreel::stop();
  EXPECT_THROW(heapreel::take_snapshot(), NotTracing);
}

TEST_F(TestTracemallocEnabled, test_get_traces_intern_traceback) {
  heapreel::stop();
  heapreel::start(4);
  alloc(0x1000, 123, stack_of(4));
  alloc(0x2000, 123, stack_of(4));
  const Traces traces = heapreel::take_snapshot().traces();
  EXPECT_EQ(traces[0].traceback, traces[1].traceback);
  EXPECT_EQ(&traces[0].traceback[0], &traces[1].traceback[0]) << "stored once";
}

TEST_F(TestTracemallocEnabled, test_get_traced_memory) {
  constexpr size_t kSize = 1 << 20;
  alloc(0x1000, kSize);
  EXPECT_EQ(heapreel::get_traced_memory().current, kSize);
  EXPECT_EQ(heapreel::get_traced_memory().peak, kSize);
  free(0x1000);
  EXPECT_EQ(heapreel::get_traced_memory().current, 0u);
  EXPECT_EQ(heapreel::get_traced_memory().peak, kSize);
  heapreel::clear_traces();
  EXPECT_EQ(heapreel::get_traced_memory().peak, 0u);
  alloc(0x1000, kSize);
  EXPECT_EQ(heapreel::get_traced_memory().current, kSize);
  heapreel::stop();
  EXPECT_EQ(heapreel::get_traced_memory().current, 0u);
  EXPECT_EQ(heapreel::get_traced_memory().peak, 0u);
}

TEST_F(TestTracemallocEnabled, test_clear_traces) {
  alloc(0x1000, 123);
  EXPECT_TRUE(heapreel::get_object_traceback(address(0x1000)));
  heapreel::clear_traces();
  EXPECT_FALSE(heapreel::get_object_traceback(address(0x1000)));
}

TEST_F(TestTracemallocEnabled, test_reset_peak) {
  alloc(0x1000, 1'000'000);
  free(0x1000);
  EXPECT_EQ(heapreel::get_traced_memory().peak, 1'000'000u);
  heapreel::reset_peak();
  EXPECT_EQ(heapreel::get_traced_memory().peak, 0u);
  alloc(0x1000, 70);
  EXPECT_EQ(heapreel::get_traced_memory().peak, 70u);
}

TEST_F(TestTracemallocEnabled, test_is_tracing) {
  heapreel::stop();
  EXPECT_FALSE(heapreel::is_tracing());
  heapreel::start();
  EXPECT_TRUE(heapreel::is_tracing());
}

TEST_F(TestTracemallocEnabled, test_snapshot) {
  alloc(0x1000, 123, stack_of(20));
  const Snapshot snapshot = heapreel::take_snapshot();
  EXPECT_EQ(snapshot.traces()[0].traceback.size(), 1u);
  const std::filesystem::path path = std::filesystem::temp_directory_path() / ("still." + std::to_string(getpid()));
  snapshot.dump(path);
  const Snapshot loaded = Snapshot::load(path);
  std::filesystem::remove(path);
  EXPECT_EQ(loaded.traces(), snapshot.traces());
  EXPECT_EQ(loaded.traceback_limit(), 1);
  heapreel::stop();
  try {
    heapreel::take_snapshot();
    ADD_FAILURE() << "a snapshot without tracing";
  } catch (const NotTracing& error) {
    EXPECT_STREQ(error.what(), "the tracemalloc module must be tracing memory allocations to take a snapshot");
  }
}

// Python's child goes on tracing; ours does not, from its first instruction on: it has no consolidator.
TEST_F(TestTracemallocEnabled, test_fork) {
  const pid_t child = fork();
  if (child == 0) _exit(heapreel::is_tracing() ? 1 : 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(heapreel::is_tracing());
}

[[gnu::noinline]] void allocate_here(const void* p) {
  engine::record_alloc(0, p, 10, HEAPREEL_WALK_START());
}

TEST_F(TestTracemallocEnabled, test_no_incomplete_frames) {
  heapreel::stop();
  heapreel::start(8);
  allocate_here(address(0x1000));
  const auto traceback = heapreel::get_object_traceback(address(0x1000));
  ASSERT_TRUE(traceback);
  EXPECT_GE(traceback->size(), 8u);
  for (const Frame& frame : *traceback) EXPECT_NE(frame.filename(), "<unknown>") << frame.function();
}

class TestCAPI : public engine::testing::TracerTest {
 protected:
  static constexpr uintptr_t kPlace = 0x5000;
  static constexpr size_t kSize = 123;

  void track(const std::vector<uintptr_t>& pcs) {
    domain_ = engine::register_domain("Five", 16);
    alloc(kPlace, kSize, pcs, domain_);
  }
  void untrack() { free(kPlace, domain_); }
  std::optional<Traceback> traceback() const { return heapreel::get_object_traceback(address(kPlace), domain_); }
  // Get the traced size in the domain.
  uint64_t traced_memory() const {
    uint64_t size = 0;
    const Snapshot snapshot = heapreel::take_snapshot().filter_traces({DomainFilter(true, domain_)});
    for (const Trace& trace : snapshot.traces()) size += trace.size;
    return size;
  }

  engine::DomainIndex domain_ = 0;
};

TEST_F(TestCAPI, test_track) {
  heapreel::start(5);
  track({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(traceback().value().size(), 5u);
  EXPECT_EQ(traced_memory(), kSize);
}

TEST_F(TestCAPI, test_track_without_gil) {
  heapreel::start(5);
  std::thread([this] { track({1, 2, 3}); }).join();
  EXPECT_EQ(traceback().value().size(), 3u);
  EXPECT_EQ(traced_memory(), kSize);
}

TEST_F(TestCAPI, test_track_already_tracked) {
  heapreel::start(5);
  track({1});
  track({1, 2, 3, 4, 5});
  EXPECT_EQ(traceback().value().size(), 5u);
  EXPECT_EQ(traced_memory(), kSize);
}

TEST_F(TestCAPI, test_untrack) {
  heapreel::start(1);
  track({1});
  EXPECT_EQ(traced_memory(), kSize);
  untrack();
  EXPECT_FALSE(traceback());
  EXPECT_EQ(traced_memory(), 0u);
  untrack();
  untrack();
  EXPECT_TRUE(heapreel::take_snapshot().completeness().is_exact());
}

TEST_F(TestCAPI, test_untrack_without_gil) {
  heapreel::start(1);
  track({1});
  std::thread([this] { untrack(); }).join();
  EXPECT_FALSE(traceback());
  EXPECT_EQ(traced_memory(), 0u);
}

// Reporting while tracing is off is no error here: hooks do it all the time.
TEST_F(TestCAPI, test_stop_track) {
  heapreel::start(1);
  heapreel::stop();
  track({1});
  EXPECT_FALSE(traceback());
}

TEST_F(TestCAPI, test_stop_untrack) {
  heapreel::start(1);
  track({1});
  heapreel::stop();
  untrack();
  heapreel::start(1);
  EXPECT_EQ(traced_memory(), 0u);
}

TEST_F(TestCAPI, test_tracemalloc_track_race) {
  constexpr int kThreads = 4;
  heapreel::start(1);
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, place = 0x10'0000 * (static_cast<uintptr_t>(i) + 1)] {
      while (!done.load(std::memory_order_relaxed)) {
        alloc(place, kSize);
        free(place);
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    heapreel::stop();
    heapreel::start(1);
  }
  done.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  const Snapshot snapshot = heapreel::take_snapshot();
  EXPECT_EQ(snapshot.traces().size(), 0u);
  EXPECT_TRUE(snapshot.completeness().is_exact());
}

}  // namespace
}  // namespace heapreel::testing
