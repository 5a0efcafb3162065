// Equal-sized pieces of arena memory for the store. Owner: the holder of the consolidation lock.
#pragma once

#include <cstring>

#include "engine/memory/growing_table.h"

namespace heapreel::engine {

class PagePool {
 public:
  explicit PagePool(uint32_t bytes) : bytes_(bytes) {}
  // `bytes` is a multiple of the system's page size. trim() gives pages that were not needed for a while back to the
  // system and notes their places in `released`, which outlives the pool.
  PagePool(uint32_t bytes, GrowingTable<ArenaRef>& released) : bytes_(bytes), released_(&released) {}

  // Uninitialised memory of `bytes()`; 0 when the arena is exhausted.
  ArenaRef take() {
    if (free_ == 0 && !refill()) return 0;
    const ArenaRef ref = free_;
    std::memcpy(&free_, Arena::at(ref), sizeof(free_));
    --free_count_;
    if (free_count_ < least_free_) least_free_ = free_count_;
    return ref;
  }

  void give_back(ArenaRef ref) {
    std::memcpy(Arena::at(ref), &free_, sizeof(free_));
    free_ = ref;
    ++free_count_;
  }

  // Counts a page as one that only earlier frozen states keep; end_retirement() gives it back.
  void begin_retirement() { ++retired_count_; }
  void end_retirement(ArenaRef ref) {
    --retired_count_;
    give_back(ref);
  }

  uint32_t bytes() const { return bytes_; }
  uint64_t bytes_in_use() const { return (made_ - free_count_) * bytes_; }
  uint64_t retired_bytes() const { return retired_count_ * bytes_; }
  uint64_t current_bytes() const { return bytes_in_use() - retired_bytes(); }

  // Gives half of the pages that were not in use at any time since the last call back to the system, at most
  // `kMostTrimmed`.
  void trim();

 private:
  static constexpr uint64_t kNotTrimmed = 128;                // pages in reserve
  static constexpr uint64_t kMostTrimmed = 1024;              // some hundred microseconds
  static constexpr size_t kFirstSpanBytes = size_t{4} << 10;  // small: held snapshots keep many stores
  static constexpr size_t kMostSpanBytes = size_t{64} << 10;

  bool refill() {
    if (released_count_ > 0) {
      StoreMemory::account(bytes_);
      ++made_;
      give_back((*released_)[--released_count_]);
      return true;
    }
    const size_t wanted = span_bytes_ > bytes_ ? span_bytes_ : bytes_;
    auto* span =
        static_cast<std::byte*>(released_ == nullptr ? StoreMemory::allocate(wanted) : StoreMemory::reserve(wanted));
    if (span == nullptr) return false;
    if (released_ != nullptr) StoreMemory::account(static_cast<ptrdiff_t>(wanted));
    // Backwards, so that the lowest address is taken first.
    for (size_t index = wanted / bytes_; index-- > 0;) {
      ++made_;
      give_back(Arena::ref_of(span + index * bytes_));
    }
    if (span_bytes_ < kMostSpanBytes) span_bytes_ *= 2;
    return true;
  }

  ArenaRef next_of(ArenaRef ref) const {
    ArenaRef next = 0;
    std::memcpy(&next, Arena::at(ref), sizeof(next));
    return next;
  }

  uint32_t bytes_;
  GrowingTable<ArenaRef>* released_ = nullptr;
  uint32_t released_count_ = 0;
  size_t span_bytes_ = kFirstSpanBytes;
  ArenaRef free_ = 0;
  uint64_t free_count_ = 0;
  uint64_t retired_count_ = 0;
  uint64_t least_free_ = 0;  // since the last trim()
  uint64_t made_ = 0;        // pages that have memory
};

}  // namespace heapreel::engine
