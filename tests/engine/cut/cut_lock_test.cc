#include "engine/cut/cut_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace heapreel::engine {
namespace {

constexpr uint64_t kMinuteNs = 60'000'000'000;

TEST(CutLockTest, OneThreadAtATimeIsInside) {
  CutLock lock;
  constexpr int kThreads = 4;
  constexpr int kTimes = 20'000;
  int entered = 0;  // guarded by the lock
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < kTimes; ++turn) {
        if (!lock.lock_within(kMinuteNs)) return;
        ++entered;
        lock.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered, kThreads * kTimes);
}

TEST(CutLockTest, HeldLockIsRefused) {
  CutLock lock;
  ASSERT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
}

TEST(CutLockTest, NobodyWaitsBeyondTheirPatience) {
  CutLock lock;
  ASSERT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.lock_within(1'000'000));
  lock.unlock();
  EXPECT_TRUE(lock.lock_within(0));
}

TEST(CutLockTest, WhoNapsMeanwhileGetsItWhenItsHolderLetsGo) {
  CutLock lock;
  ASSERT_TRUE(lock.try_lock());
  std::atomic<int> step{0};
  std::thread waiter([&] {
    step.store(1);
    if (lock.lock_within(kMinuteNs)) step.store(2);
  });
  while (step.load() == 0) std::this_thread::yield();
  platform::sleep_ns(2'000'000);  // beyond its turns; were it inside already, step would say so
  EXPECT_EQ(step.load(), 1);
  lock.unlock();
  waiter.join();
  EXPECT_EQ(step.load(), 2);
  EXPECT_FALSE(lock.try_lock());  // it is inside
}

}  // namespace
}  // namespace heapreel::engine
