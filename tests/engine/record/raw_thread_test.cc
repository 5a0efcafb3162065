// Threads of a bare clone(), of which the C library knows nothing. Those with storage of their own are threads as any
// other; tests/tools/command/run/raw_threads_test.py has them.
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class RawThreadTest : public TracerTest {
 protected:
  void SetUp() override {
#if HEAPREEL_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__) || \
    HEAPREEL_HAS_FEATURE(address_sanitizer) || defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "sanitizers know of every thread";
#endif
  }

  // Runs `body` in a thread that borrows this one's thread-local storage, and waits for its end.
  static void run_on_borrowed_storage(int (*body)(void*)) {
    constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                           CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    alignas(64) static char stack[128 << 10];
    static std::atomic<int> running{0};
    ASSERT_GT(clone(body, stack + sizeof stack, kFlags, nullptr, &running, nullptr, &running), 0);
    while (const int id = running.load()) syscall(SYS_futex, &running, FUTEX_WAIT, id, nullptr, nullptr, 0);
  }
};

TEST_F(RawThreadTest, RecorderOfBorrowedStorageStaysWithItsLender) {
  start_tracer();
  WorkerThread lender;
  lender.run([] {
    run_on_borrowed_storage([](void*) {
      alloc(0x1000, 1);
      return 0;
    });
  });
  WorkerThread another;  // looks for a recorder whose owner is gone
  another.run([] { alloc(0x2000, 2); });
  lender.run([] { alloc(0x3000, 3); });
  EXPECT_EQ(tracer_state()->rings->count(), 2u);
  EXPECT_EQ(live_blocks(take_snapshot()), (std::map<uintptr_t, size_t>{{0x1000, 1}, {0x2000, 2}, {0x3000, 3}}));
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(RawThreadTest, StorageIsItsThreadsOwnInThreadsOfTheCLibrary) {
  EXPECT_EQ(platform::storage_owner_id(), platform::thread_id());
  WorkerThread other;
  uint32_t owner = 0;
  uint32_t thread = 0;
  other.run([&] {
    owner = platform::storage_owner_id();
    thread = platform::thread_id();
  });
  EXPECT_EQ(owner, thread);
  EXPECT_NE(owner, platform::thread_id());
}

}  // namespace
}  // namespace heapreel::engine::testing
