// Snapshots taken while threads hand blocks on: none may show an effect without its cause.
//
// A token goes from thread to thread, several at once. Step k of a token allocates block k of its chain, frees block
// k - kKept, and only then hands the token to another thread. So whatever the threads do, a state that is a consistent
// cut holds of each chain a run of consecutive blocks: from the newest step it knows back to the oldest not freed yet.
#include <atomic>
#include <iostream>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "tests/engine/signal_staller.h"
#include "tests/engine/test_budget.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class CausalClosureTest : public TracerTest {
 protected:
  static constexpr uint32_t kThreads = 4;
  static constexpr uint32_t kChains = 6;
  static constexpr uint64_t kKept = 3;
  static constexpr int kInARow = 32;
  // On a machine that has no time for us, too.
  static constexpr uint64_t kLeastSnapshots = 4'000;
  static constexpr uint64_t kLeastHandOvers = 50'000;

  // What a state shows of one chain: the steps whose blocks live.
  struct Seen {
    uint64_t oldest = UINT64_MAX;
    uint64_t newest = 0;
    uint64_t blocks = 0;
    bool operator==(const Seen&) const = default;
  };
  using State = std::array<Seen, kChains>;

  // The size carries the step, so that a wrong block under a right address is seen too.
  static uintptr_t address_of(uint32_t chain, uint64_t step) {
    return uintptr_t{chain + 1} << 32 | (step % 8 * 16 + 16);
  }

  // Of the workers' rings the first half comes before `idle_rings` others, and the second after them.
  void run(double seconds, uint32_t idle_rings) {
    const uint64_t seed = TestBudget::first_seed();
    start_tracer();
    std::vector<std::unique_ptr<WorkerThread>> workers;
    std::vector<pthread_t> victims = {pthread_self()};
    for (uint32_t w = 0; w < kThreads; ++w) {
      if (w == kThreads / 2) leave_rings(idle_rings);
      workers.push_back(std::make_unique<WorkerThread>());
      workers.back()->run(take_a_ring);
      victims.push_back(workers.back()->native_handle());
    }
    std::atomic<bool> done{false};
    for (uint32_t w = 0; w < kThreads; ++w) {
      workers[w]->begin([this, w, &done, seed] { hand_on(w, done, seed); });
    }
    std::vector<std::string> wrong(2);
    uint64_t snapshots = 0;
    {
      SignalStaller staller(victims, seed);
      const TestBudget budget(seconds);
      const auto saw_enough = [&] { return snapshots >= kLeastSnapshots && hand_overs() >= kLeastHandOvers; };
      while ((budget.left() || !saw_enough()) && wrong[0].empty() && wrong[1].empty()) {
        // Two callers at once.
        std::thread other([&] { wrong[1] = look(); });
        wrong[0] = look();
        other.join();
        snapshots += 2 * kInARow;
      }
      // relaxed: a flag
      done.store(true, std::memory_order_relaxed);
      for (auto& worker : workers) worker->wait();
    }
    EXPECT_EQ(wrong[0], "") << "seed " << seed;
    EXPECT_EQ(wrong[1], "") << "seed " << seed;
    std::cout << snapshots << " snapshots over " << hand_overs() << " hand-overs, " << SignalStaller::stalls()
              << " stalls\n";
    const Totals totals = traced_memory();
    EXPECT_TRUE(totals.balanced());
    EXPECT_EQ(totals.mismatched_frees, 0u);
    EXPECT_EQ(totals.inferred_frees, 0u);
    EXPECT_EQ(totals.untracked_frees, 0u);
  }

 private:
  struct alignas(64) Token {
    std::atomic<uint32_t> holder{0};
    std::atomic<uint64_t> step{0};  // relaxed: written by the holder, to whom `holder` hands it; else a statistic
  };

  uint64_t hand_overs() const {
    uint64_t steps = 0;
    // relaxed: a statistic
    for (const Token& token : tokens_) steps += token.step.load(std::memory_order_relaxed);
    return steps;
  }

  static void take_a_ring() {
    alloc(0x1000, 1);
    free(0x1000);
  }
  // Of threads that are gone; all lived at once, so that none took over another's.
  static void leave_rings(uint32_t count) {
    std::latch all_have_one(count);
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < count; ++i) {
      threads.emplace_back([&all_have_one, i] {
        alloc(0x10000 + i * 16, 1);
        free(0x10000 + i * 16);
        all_have_one.arrive_and_wait();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void hand_on(uint32_t me, const std::atomic<bool>& done, uint64_t seed) {
    std::mt19937_64 random(seed + me);
    // relaxed: a flag
    while (!done.load(std::memory_order_relaxed)) {
      bool held_one = false;
      for (uint32_t chain = 0; chain < kChains; ++chain) {
        Token& token = tokens_[chain];
        if (token.holder.load(std::memory_order_acquire) != me) continue;
        held_one = true;
        // relaxed: as above
        const uint64_t step = token.step.load(std::memory_order_relaxed) + 1;
        // relaxed: as above
        token.step.store(step, std::memory_order_relaxed);
        static constexpr uintptr_t kPcs[] = {1, 2, 3};
        record_alloc(0, address(address_of(chain, step)), step, GivenStack{kPcs, 3, true});
        // Handed on between the two as well: the freeing thread is often not the allocating one.
        if (step > kKept) record_free(0, address(address_of(chain, step - kKept)));
        token.holder.store(static_cast<uint32_t>(random() % kThreads), std::memory_order_release);
      }
      if (!held_one) std::this_thread::yield();
    }
  }

  static State state_of(const FrozenTraces& traces, std::string* wrong) {
    State state;
    traces.for_each_block([&](BlockId, const Record& record) {
      const auto chain = static_cast<uint32_t>(record.address >> 32) - 1;
      if (chain >= kChains || record.address != address_of(chain, record.size)) {
        *wrong = "a block of no chain";
        return;
      }
      Seen& seen = state[chain];
      seen.oldest = std::min(seen.oldest, record.size);
      seen.newest = std::max(seen.newest, record.size);
      ++seen.blocks;
    });
    for (const Seen& seen : state) {
      if (seen.blocks == 0) continue;
      const uint64_t run = seen.newest - seen.oldest + 1;
      if (run != seen.blocks) *wrong = "a gap in a chain: a later block without an earlier one";
      // One more than is kept while the free of the oldest is under way.
      if (seen.newest > kKept && (run < kKept || run > kKept + 1)) *wrong = "a free without the allocation before it";
    }
    return state;
  }

  // Takes snapshots in a row, so that most of the time goes into cuts, and looks at them afterwards.
  static std::string look() {
    std::array<SnapshotHandle, kInARow> snapshots;
    for (SnapshotHandle& snapshot : snapshots) snapshot = take_snapshot();
    std::string wrong;
    State before;
    for (const SnapshotHandle& snapshot : snapshots) {
      if (snapshot.get() == nullptr) return "no snapshot";
      const State after = state_of(*snapshot.get(), &wrong);
      for (uint32_t chain = 0; chain < kChains; ++chain) {
        if (after[chain].newest < before[chain].newest) wrong = "the later snapshot does not hold the earlier";
        if (before[chain].blocks != 0 && after[chain].oldest < before[chain].oldest) wrong = "a dead block came back";
      }
      if (!snapshot.get()->totals.balanced()) wrong = "issued is not what was stored";
      before = after;
    }
    return wrong;
  }

  std::array<Token, kChains> tokens_;
};

TEST_F(CausalClosureTest, NoSnapshotShowsAnEffectWithoutItsCause) {
  run(3, 0);
}

// A cut looks at one ring after the other. The many between the workers' give these time to hand tokens on from a ring
// that was looked at to one that was not, which a cut with its steps in another order does not bear.
TEST_F(CausalClosureTest, NorWhereACutTakesLong) {
  run(3, 1'500);
}

}  // namespace
}  // namespace heapreel::engine::testing
