// The certificate, over the real allocator: clean when nothing is wrong, and every kind of error found when there is
// one.
#include <heapreel/heapreel.h>

#include <gtest/gtest.h>
#include <mimalloc.h>

#include <barrier>
#include <cstdlib>
#include <random>
#include <thread>

#include "engine/record/recorder.h"

namespace heapreel::testing {
namespace {

constexpr uintptr_t kNowhere = 0x77'0000'0000;

engine::GivenStack no_stack() {
  return {.pcs = nullptr, .depth = 0, .reached_bottom = false};
}

std::vector<void*> churn(uint64_t seed, int blocks) {
  std::mt19937_64 random(seed);
  std::vector<void*> kept;
  for (int i = 0; i < blocks; ++i) {
    const size_t size = random() % 10 == 0 ? random() % 200'000 : random() % 600;
    kept.push_back(i % 7 == 0 ? std::aligned_alloc(256, (size + 255) / 256 * 256) : std::malloc(size));
    if (i % 3 != 0) continue;
    std::swap(kept[random() % kept.size()], kept.back());
    std::free(kept.back());
    kept.pop_back();
  }
  return kept;
}

class ReconciliationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    before_.resize(1);  // what is allocated after the walk and before the start is in no book
    before_[0] = HeapWalk::of_this_thread();
    heapreel::start(4);
    kept_ = churn(1, 5'000);
  }
  void TearDown() override {
    for (void* block : kept_) std::free(block);
    heapreel::stop();
  }

  std::vector<HeapWalk> before_;
  std::vector<void*> kept_;
};

TEST_F(ReconciliationTest, AtAQuietPointTheBooksAgree) {
  const Reconciliation result = heapreel::reconcile(before_);
  EXPECT_GT(result.matched, kept_.size());
  EXPECT_EQ(result.held, result.matched + result.untraced);
  EXPECT_EQ(result.missing, 0u);
  EXPECT_EQ(result.ghosts, 0u);
  EXPECT_EQ(result.wrong_sized, 0u);
  EXPECT_TRUE(result.is_clean());
}

TEST_F(ReconciliationTest, FindsABlockThatTheTracerMissed) {
  void* const block = mi_malloc(4'321);  // past the hooks
  const Reconciliation result = heapreel::reconcile(before_);
  EXPECT_EQ(result.missing, 1u);
  ASSERT_EQ(result.missing_blocks.size(), 1u);
  EXPECT_EQ(result.missing_blocks[0].address, reinterpret_cast<uintptr_t>(block));
  EXPECT_FALSE(result.is_clean());
  mi_free(block);
  EXPECT_TRUE(heapreel::reconcile(before_).is_clean());
}

TEST_F(ReconciliationTest, FindsATraceThatIsNoBlock) {
  engine::record_alloc(0, reinterpret_cast<void*>(kNowhere), 10, no_stack());
  const Reconciliation result = heapreel::reconcile(before_);
  EXPECT_EQ(result.ghosts, 1u);
  ASSERT_EQ(result.ghost_traces.size(), 1u);
  EXPECT_EQ(result.ghost_traces[0].address, kNowhere);
  engine::record_free(0, reinterpret_cast<void*>(kNowhere));
  EXPECT_TRUE(heapreel::reconcile(before_).is_clean());
}

TEST_F(ReconciliationTest, FindsATraceThatReachesBeyondItsBlock) {
  void* const block = mi_malloc(100);
  engine::record_alloc(0, block, 10'000, no_stack());
  const Reconciliation result = heapreel::reconcile(before_);
  EXPECT_EQ(result.wrong_sized, 1u);
  ASSERT_EQ(result.wrong_sized_traces.size(), 1u);
  EXPECT_EQ(result.wrong_sized_traces[0].size, 10'000u);
  engine::record_free(0, block);
  mi_free(block);
}

TEST_F(ReconciliationTest, SaysNothingOfThreadsThatWereNotWalked) {
  std::barrier quiet(2);
  void* block = nullptr;
  std::thread other([&] {
    block = std::malloc(1'000);
    quiet.arrive_and_wait();
    quiet.arrive_and_wait();
    std::free(block);
  });
  quiet.arrive_and_wait();
  const Reconciliation alone = heapreel::reconcile(before_);
  EXPECT_TRUE(alone.is_clean());
  EXPECT_GE(alone.not_walked, 1u);
  quiet.arrive_and_wait();
  other.join();
}

TEST_F(ReconciliationTest, ThreadsThatWalkTogetherAreCertifiedTogether) {
  constexpr int kThreads = 3;
  std::vector<HeapWalk> walks(kThreads + 1);
  std::barrier quiet(kThreads + 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::vector<void*> kept = churn(static_cast<uint64_t>(i) + 2, 3'000);
      walks[i] = HeapWalk::of_this_thread();
      quiet.arrive_and_wait();
      quiet.arrive_and_wait();
      for (void* block : kept) std::free(block);
    });
  }
  quiet.arrive_and_wait();
  walks.back() = HeapWalk::of_this_thread();
  const Snapshot snapshot = heapreel::take_snapshot();
  const Reconciliation result = heapreel::reconcile(snapshot, walks, before_);
  quiet.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(result.matched, 9'000u);
  EXPECT_TRUE(result.is_clean()) << result.missing << " missing, " << result.ghosts << " ghosts, " << result.wrong_sized
                                 << " of a wrong size";
}

}  // namespace
}  // namespace heapreel::testing
