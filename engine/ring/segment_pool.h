// The segments of all rings, up to the ring budget. Producers take, the consolidator gives back: to the pool, and what
// was not needed for a while to the system.
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
        returns_(free_),
        releases_(released_) {}

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
      if (!released_.try_dequeue(segment)) segment = static_cast<Segment*>(Arena::reserve(sizeof(Segment)));
      if (segment != nullptr) {
        Arena::account(sizeof(Segment));
        return segment;
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

  // Tells the pool how things stand, often. Only the holder of the consolidation lock.
  void look() {
    // relaxed: a level
    const int32_t free_now = available_.load(std::memory_order_relaxed);
    if (free_now < least_available_) least_available_ = free_now;
  }

  // Gives the system half of the segments that were free at every look() since the last call, of at most
  // `kMostTrimmed`. Only the holder of the consolidation lock.
  void trim() {
    const int32_t unneeded = least_available_ > kNotTrimmed ? (least_available_ - kNotTrimmed) / 2 + 1 : 0;
    // relaxed: a level
    least_available_ = available_.load(std::memory_order_relaxed);
    for (int32_t count = 0; count < unneeded && count < kMostTrimmed; ++count) {
      Segment* segment = nullptr;
      if (!free_.try_dequeue(segment)) return;
      // relaxed: as in take()
      available_.fetch_sub(1, std::memory_order_relaxed);
      --least_available_;
      Arena::release(segment, sizeof(Segment));
      Arena::account(-static_cast<ptrdiff_t>(sizeof(Segment)));
      released_.enqueue(releases_, segment);
      // relaxed: as in take(); what is counted out here can be had again
      made_.fetch_sub(1, std::memory_order_relaxed);
    }
  }

  // Bytes of all segments that have memory, including free ones.
  uint64_t bytes() const {
    // relaxed: a statistic
    return uint64_t{made_.load(std::memory_order_relaxed)} * sizeof(Segment);
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
  static constexpr int32_t kNotTrimmed = 32;    // segments in reserve: 1 MiB
  static constexpr int32_t kMostTrimmed = 128;  // some hundred microseconds

  std::atomic<uint32_t> budget_;
  std::atomic<uint32_t> made_{0};  // that have memory
  std::atomic<int32_t> available_{0};
  ArenaQueue<Segment*> free_;
  moodycamel::ProducerToken returns_;
  ArenaQueue<Segment*> released_;  // places whose memory the system has
  moodycamel::ProducerToken releases_;
  int32_t least_available_ = 0;  // owner: the holder of the consolidation lock
};

}  // namespace heapreel::engine
