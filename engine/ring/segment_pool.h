// The segments of all rings, up to the ring budget. Producers take, the consolidator gives back.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/arena_queue.h"
#include "engine/ring/segment.h"

namespace heapreel::engine {

class SegmentPool {
 public:
  explicit SegmentPool(uint64_t budget_bytes)
      : budget_(static_cast<uint32_t>((budget_bytes < kMostBytes ? budget_bytes : kMostBytes) / kSegmentBytes)),
        returns_(free_) {}

  static constexpr uint64_t kMostBytes = uint64_t{1} << 40;  // more than any arena has

  // A segment, or null when the budget is spent. Any thread; no lock, no system call.
  Segment* take() {
    Segment* segment = nullptr;
    if (free_.try_dequeue(segment)) {
      // relaxed: a level, not a permission.
      available_.fetch_sub(1, std::memory_order_relaxed);
      return segment;
    }
    // relaxed: the count hands out the right to make one; a surplus is taken back.
    if (made_.fetch_add(1, std::memory_order_relaxed) < budget()) {
      if (void* memory = Arena::allocate(sizeof(Segment)); memory != nullptr) {
        return static_cast<Segment*>(memory);
      }
    }
    // relaxed: as above.
    made_.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }

  // Only the holder of the consolidation lock.
  void give_back(Segment* segment) {
    // relaxed: a level; it may run ahead of the queue by one.
    available_.fetch_add(1, std::memory_order_relaxed);
    free_.enqueue(returns_, segment);
  }

  // Segments that could still be taken, about.
  uint32_t left() const {
    // relaxed: a level that decides when stacks are given up, not who owns what.
    const int32_t free_now = available_.load(std::memory_order_relaxed);
    // relaxed: as above.
    const uint32_t made = made_.load(std::memory_order_relaxed);
    return (free_now > 0 ? static_cast<uint32_t>(free_now) : 0) + (made < budget() ? budget() - made : 0);
  }
  uint32_t budget() const {
    // relaxed: a level.
    return budget_.load(std::memory_order_relaxed);
  }

  // A ring's first segment comes on top of the budget, so that many idle threads do not use it up.
  void add_ring() {
    // relaxed: a level.
    budget_.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint32_t> budget_;
  std::atomic<uint32_t> made_{0};
  std::atomic<int32_t> available_{0};
  ArenaQueue<Segment*> free_;
  moodycamel::ProducerToken returns_;
};

}  // namespace heapreel::engine
