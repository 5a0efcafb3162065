// Forked children of a process whose threads were in the middle of something.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>

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
  EXPECT_EQ(in_child(fork_as_told, use_every_control), 0);
  EXPECT_EQ(in_child(fork_untold, use_every_control), 0);
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
    EXPECT_EQ(in_child(fork_as_told, use_every_control), 0);
    EXPECT_EQ(in_child(fork_untold, use_every_control), 0);
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
    if (std::string(g_state->scopes->at(late)->text) != "Late") return 5;
    if (std::string(g_state->domains->at(pool)->text) != "Pool") return 6;
    if (g_state->domains->at(bytes)->number != 1) return 7;
    return 0;
  };
  EXPECT_EQ(in_child(fork_as_told, check), 0);
  EXPECT_EQ(in_child(fork_untold, check), 0);
}

}  // namespace
}  // namespace heapreel::engine::testing
