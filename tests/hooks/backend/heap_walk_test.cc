// The store against the allocator's own books: at a quiet point every block that mimalloc holds is in a snapshot, and
// every block of the snapshot is one that mimalloc holds, large enough.
#include <gtest/gtest.h>
#include <mimalloc.h>

#include <algorithm>
#include <barrier>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "engine/tracer/tracer.h"

namespace heapreel::testing {
namespace {

using engine::BlockId;
using engine::FrozenTraces;
using engine::Record;

struct WalkedBlock {
  uintptr_t begin;
  uintptr_t end;
};

// Filled while the heap is walked, so it lies outside that heap.
class WalkedBlocks {
 public:
  static constexpr size_t kMost = 1 << 20;

  WalkedBlocks() : blocks_(static_cast<WalkedBlock*>(mi_heap_malloc(own_heap_, kMost * sizeof(WalkedBlock)))) {}
  ~WalkedBlocks() { mi_heap_destroy(own_heap_); }
  WalkedBlocks(const WalkedBlocks&) = delete;
  WalkedBlocks& operator=(const WalkedBlocks&) = delete;

  // Adds the blocks of the calling thread's heap.
  void walk() {
    count_ = 0;
    mi_heap_visit_blocks(
        mi_heap_get_default(), true,
        [](const mi_heap_t*, const mi_heap_area_t*, void* block, size_t size, void* self) {
          auto* walked = static_cast<WalkedBlocks*>(self);
          if (block != nullptr && walked->count_ < kMost) {
            const auto begin = reinterpret_cast<uintptr_t>(block);
            walked->blocks_[walked->count_++] = {begin, begin + size};
          }
          return true;
        },
        this);
  }

  const WalkedBlock* begin() const { return blocks_; }
  const WalkedBlock* end() const { return blocks_ + count_; }
  bool overflowed() const { return count_ == kMost; }

 private:
  mi_heap_t* own_heap_ = mi_heap_new();
  WalkedBlock* blocks_;
  size_t count_ = 0;
};

// Allocates and frees through every door of the malloc family; what is left at the end is in `kept`.
void churn(uint64_t seed, std::vector<void*>& kept) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const size_t size = random() % 10 == 0 ? random() % 200'000 : random() % 600;
    switch (random() % 8) {
      case 0:
        kept.push_back(std::calloc(3, size / 3 + 1));
        break;
      case 1:
        kept.push_back(std::aligned_alloc(256, (size + 255) / 256 * 256));
        break;
      case 2:
        if (!kept.empty()) {
          void*& block = kept[random() % kept.size()];
          block = std::realloc(block, size + 1);
        }
        break;
      default:
        kept.push_back(std::malloc(size));
        break;
    }
    if (kept.size() > 2000) {
      std::swap(kept[random() % kept.size()], kept.back());
      std::free(kept.back());
      kept.pop_back();
    }
  }
}

struct Worker {
  WalkedBlocks before;
  WalkedBlocks after;
  std::vector<void*> kept;
};

TEST(HeapWalk, SnapshotAndTheAllocatorAgreeBlockByBlock) {
  constexpr int kThreads = 4;
  std::barrier quiet(kThreads + 1);
  std::vector<Worker> workers(kThreads + 1);  // the last one stands for this thread
  Worker& here = workers.back();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Worker& self = workers[i];
      self.before.walk();
      quiet.arrive_and_wait();  // the tracer starts
      quiet.arrive_and_wait();
      churn(static_cast<uint64_t>(i) + 1, self.kept);
      self.after.walk();
      quiet.arrive_and_wait();  // the snapshot is taken
      quiet.arrive_and_wait();
    });
  }
  quiet.arrive_and_wait();
  here.before.walk();
  engine::TracerOptions options;
  options.traceback_limit = 4;
  ASSERT_TRUE(engine::start(options));
  ASSERT_TRUE(engine::start_consolidator());
  quiet.arrive_and_wait();
  quiet.arrive_and_wait();
  here.after.walk();
  engine::SnapshotHandle snapshot = engine::take_snapshot();
  const FrozenTraces* traces = snapshot.get();
  ASSERT_NE(traces, nullptr);
  const engine::Totals totals = traces->totals;

  std::vector<Record> records;
  traces->for_each_block([&](BlockId, const Record& record) { records.push_back(record); });
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.address < b.address; });

  size_t walked = 0;
  size_t missing = 0;
  size_t too_small = 0;
  std::vector<uintptr_t> matched;
  for (const Worker& worker : workers) {
    ASSERT_FALSE(worker.after.overflowed());
    for (const WalkedBlock& block : worker.after) {
      const bool is_old = std::any_of(worker.before.begin(), worker.before.end(),
                                      [&](const WalkedBlock& old) { return old.begin == block.begin; });
      const auto record = std::lower_bound(records.begin(), records.end(), block.begin,
                                           [](const Record& r, uintptr_t address) { return r.address < address; });
      const bool held = record != records.end() && record->address < block.end;
      ++walked;
      if (held) {
        matched.push_back(record->address);
        too_small += record->address + record->size > block.end ? 1 : 0;
      } else if (!is_old) {
        ++missing;
      }
    }
  }
  std::sort(matched.begin(), matched.end());
  matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
  const size_t ghosts = records.size() - matched.size();
  EXPECT_GT(walked, size_t{kThreads} * 1500);
  EXPECT_EQ(missing, 0u);
  EXPECT_EQ(too_small, 0u);
  EXPECT_EQ(ghosts, 0u);
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_EQ(totals.inferred_frees, 0u);
  EXPECT_TRUE(totals.balanced());

  snapshot = {};
  quiet.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();
  for (Worker& worker : workers) {
    for (void* kept : worker.kept) std::free(kept);
  }
}

}  // namespace
}  // namespace heapreel::testing
