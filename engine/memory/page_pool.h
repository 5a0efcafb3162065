// Equal-sized pieces of arena memory for the store. Owner: the holder of the consolidation lock.
#pragma once

#include <cstring>

#include "engine/memory/arena.h"

namespace heapreel::engine {

class PagePool {
 public:
  explicit PagePool(uint32_t bytes) : bytes_(bytes) {}

  // Uninitialised memory of `bytes()`; 0 when the arena is exhausted.
  ArenaRef take() {
    if (free_ == 0 && !refill()) return 0;
    const ArenaRef ref = free_;
    std::memcpy(&free_, Arena::at(ref), sizeof(free_));
    --free_count_;
    return ref;
  }

  void give_back(ArenaRef ref) {
    std::memcpy(Arena::at(ref), &free_, sizeof(free_));
    free_ = ref;
    ++free_count_;
  }

  uint32_t bytes() const { return bytes_; }
  uint64_t bytes_in_use() const { return (made_ - free_count_) * bytes_; }

 private:
  static constexpr size_t kFirstSpanBytes = size_t{4} << 10;  // held snapshots keep many small stores
  static constexpr size_t kMostSpanBytes = size_t{64} << 10;

  bool refill() {
    const size_t wanted = span_bytes_ > bytes_ ? span_bytes_ : bytes_;
    auto* span = static_cast<std::byte*>(Arena::allocate(wanted));
    if (span == nullptr) return false;
    // Backwards, so that the lowest address is taken first.
    for (size_t index = wanted / bytes_; index-- > 0;) {
      ++made_;
      give_back(Arena::ref_of(span + index * bytes_));
    }
    if (span_bytes_ < kMostSpanBytes) span_bytes_ *= 2;
    return true;
  }

  uint32_t bytes_;
  size_t span_bytes_ = kFirstSpanBytes;
  ArenaRef free_ = 0;
  uint64_t free_count_ = 0;
  uint64_t made_ = 0;
};

}  // namespace heapreel::engine
