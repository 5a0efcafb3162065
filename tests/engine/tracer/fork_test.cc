// Forked children of a process whose threads were in the middle of something.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <string>

#include "engine/record/thread_recorder.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class ForkTest : public TracerTest {
 protected:
  using Fork = pid_t (*)();

  void SetUp() override {
#if HEAPREEL_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "ThreadSanitizer ends a child that starts a thread, and takes the parent's threads to be in it";
#endif
  }

  // The exit status of a child that runs `body`; 99 when it does not end by itself.
  static int in_child(Fork make_child, const std::function<int()>& body) {
    constexpr unsigned kPatienceSeconds = 20;
    const pid_t child = make_child();
    if (child == 0) {
      alarm(kPatienceSeconds);
      _exit(body());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
  }
  static pid_t fork_as_told() {
    const pid_t child = fork();
    if (child == 0) after_fork_in_child();
    return child;
  }
  static pid_t fork_untold() {
    return _Fork();
  }
  static pid_t fork_by_system_call() {
    return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  }

  static constexpr Fork kForks[] = {fork_as_told, fork_untold, fork_by_system_call};

  static int use_every_control() {
    set_scope(register_scope("Child"));
    stop();
    clear_traces();
    reset_peak();
    game_frame();
    mark("child");
    if (take_snapshot() || traced_memory().allocs != 0 || tracer_memory() != 0) return 1;
    if (register_domain("Child", 16) != UINT32_MAX) return 2;  // before start()
    TracerOptions options;
    options.frame_every_ms = 0;
    if (!start(options) || !start_consolidator()) return 3;
    alloc(0x1000, 7);
    if (traced_memory().live_bytes != 7) return 4;
    stop();
    return 0;
  }
};

TEST_F(ForkTest, ChildControlsATracerOfItsOwn) {
  start_tracer();
  alloc(0x2000, 1);
  for (const Fork make_child : kForks) EXPECT_EQ(in_child(make_child, use_every_control), 0);
}

TEST_F(ForkTest, ChildDoesNotWaitForAThreadThatWasLeftBehindHoldingTheLocks) {
  start_tracer();
  std::atomic<bool> done{false};
  WorkerThread other;
  other.begin([&done] {
    // relaxed: a flag
    for (int i = 0; !done.load(std::memory_order_relaxed); ++i) {
      clear_traces();
      register_scope(std::to_string(i % 1000).c_str());
    }
  });
  for (int i = 0; i < 20; ++i) {
    for (const Fork make_child : kForks) EXPECT_EQ(in_child(make_child, use_every_control), 0);
  }
  // relaxed: a flag
  done.store(true, std::memory_order_relaxed);
  other.wait();
}

TEST_F(ForkTest, NumbersOfNamesMeanTheSameInTheChildsTracer) {
  const uint32_t early = register_scope("Early");
  start_tracer();
  const uint32_t late = register_scope("Late");
  const DomainIndex pool = register_domain("Pool", 16);
  const DomainIndex bytes = register_domain("Bytes", 1);
  const auto check = [=] {
    if (!start(TracerOptions{})) return 1;
    if (register_scope("New") <= late || register_domain("New", 16) <= bytes) return 2;
    if (register_scope("Early") != early || register_scope("Late") != late) return 3;
    if (register_domain("Pool", 16) != pool || register_domain("Bytes", 1) != bytes) return 4;
    if (std::string(tracer_state()->scopes->at(late)->text) != "Late") return 5;
    if (std::string(tracer_state()->domains->at(pool)->text) != "Pool") return 6;
    if (tracer_state()->domains->at(bytes)->number != 1) return 7;
    return 0;
  };
  for (const Fork make_child : kForks) EXPECT_EQ(in_child(make_child, check), 0);
}

TEST_F(ForkTest, HandleOfTheParentsRefersToNothing) {
  start_tracer();
  alloc(0x1000, 1);
  const SnapshotHandle held = take_snapshot();
  ASSERT_NE(held.get(), nullptr);
  const auto check = [&held] {
    SnapshotHandle copy(held);  // and its destruction
    if (copy.ready() || copy.get() != nullptr) return 1;
    copy = SnapshotHandle();
    if (!start(TracerOptions{}) || !start_consolidator()) return 2;
    copy = held;
    if (copy.ready() || copy.get() != nullptr) return 3;
    copy = take_snapshot();
    if (copy.get() == nullptr) return 4;
    return 0;
  };
  for (const Fork make_child : kForks) EXPECT_EQ(in_child(make_child, check), 0);
  EXPECT_EQ(live_blocks(held), (std::map<uintptr_t, size_t>{{0x1000, 1}}));
}

TEST_F(ForkTest, ChildThatIsMadeInAnUntracedScopeEndsItWithoutATracer) {
  start_tracer();
  const auto check = [] {
    end_untraced_scope();
    alloc(0x2000, 1);
    free(0x1000);
    return 0;
  };
  alloc(0x1000, 1);
  {
    const UntracedScope work;
    for (const Fork make_child : kForks) EXPECT_EQ(in_child(make_child, check), 0);
  }
  EXPECT_EQ(traced_memory().live_blocks, 1u);
}

}  // namespace
}  // namespace heapreel::engine::testing
