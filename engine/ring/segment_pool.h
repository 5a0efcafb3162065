// The segments of all rings, up to the ring budget. Producers take segments. The consolidator gives them back to the
// pool, and gives those that were not needed for a while back to the system.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/memory/handover.h"
#include "engine/ring/segment.h"

namespace heapreel::engine {

class SegmentPool {
 public:
  static constexpr uint64_t kMostBytes = uint64_t{1} << 40;  // more than any arena has

  static constexpr uint32_t segments_in(uint64_t budget_bytes) {
    return static_cast<uint32_t>((budget_bytes < kMostBytes ? budget_bytes : kMostBytes) / kSegmentBytes);
  }

  // Zeroed memory is a pool that has no budget yet.
  void begin(uint64_t budget_bytes) {
    // relaxed: nobody takes one yet
    budget_.store(segments_in(budget_bytes), std::memory_order_relaxed);
  }

  // A segment, or null when the budget is spent. Any thread; no lock, no system call.
  Segment* take() {
    Segment* segment = nullptr;
    if (free_.take(segment)) {
      // relaxed: a level, not a permission.
      available_.fetch_sub(1, std::memory_order_relaxed);
      return segment;
    }
    // relaxed: the count only says who may make a segment; whoever goes beyond the budget takes it back
    if (made_.fetch_add(1, std::memory_order_relaxed) < budget()) {
      if (!released_.take(segment)) segment = static_cast<Segment*>(Arena::reserve(sizeof(Segment)));
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
    // relaxed: an estimate of how many are free, which may be one more than the queue has
    available_.fetch_add(1, std::memory_order_relaxed);
    if (free_.put(segment)) return;
    // relaxed: as above
    available_.fetch_sub(1, std::memory_order_relaxed);
    give_to_system(segment);
  }

  // Notes how many segments are free. To be called often, and only by the holder of the consolidation lock.
  void look() {
    // relaxed: a level
    const int32_t free_now = available_.load(std::memory_order_relaxed);
    if (free_now < least_available_) least_available_ = free_now;
  }

  // Gives half of the segments that were free at every look() since the last call back to the system, at most
  // `kMostTrimmed`. Only the holder of the consolidation lock.
  void trim() {
    const int32_t unneeded = least_available_ > kNotTrimmed ? (least_available_ - kNotTrimmed) / 2 + 1 : 0;
    // relaxed: a level
    least_available_ = available_.load(std::memory_order_relaxed);
    for (int32_t count = 0; count < unneeded && count < kMostTrimmed; ++count) {
      Segment* segment = nullptr;
      if (!free_.take(segment) || !Arena::holds(segment, 1, kArenaUnit)) return;
      // relaxed: as in take()
      available_.fetch_sub(1, std::memory_order_relaxed);
      --least_available_;
      give_to_system(segment);
    }
  }

  // Bytes of all segments that have memory, including free ones.
  uint64_t bytes() const {
    // relaxed: a statistic
    return uint64_t{made_.load(std::memory_order_relaxed)} * sizeof(Segment);
  }

  // About how many segments could still be taken.
  uint32_t left() const {
    // relaxed: a level; it decides when stacks are given up, and not who owns what
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

  static constexpr uint32_t kMostKept = 1 << 20;  // 32 GiB; the addresses of what is beyond are lost
  using Segments = Handover<Segment*, kMostKept>;

  void give_to_system(Segment* segment) {
    Arena::release(segment, sizeof(Segment));
    Arena::account(-static_cast<ptrdiff_t>(sizeof(Segment)));
    released_.put(segment);
    // relaxed: as in take(); what is counted out here can be had again
    made_.fetch_sub(1, std::memory_order_relaxed);
  }

  std::atomic<uint32_t> budget_;
  std::atomic<uint32_t> made_;  // that have memory
  std::atomic<int32_t> available_;
  int32_t least_available_;  // owner: the holder of the consolidation lock
  Segments free_;
  Segments released_;  // places whose memory the system has
};

}  // namespace heapreel::engine
