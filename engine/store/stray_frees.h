// Frees of blocks that are not in the record, by the place that made them. Somebody has to look into these: either the
// program frees a block twice, or another allocator gave it out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/store/records.h"

namespace heapreel::engine {

struct StrayFree {
  static constexpr TracebackId kNotKnown = UINT32_MAX;

  TracebackId freed_at = kNotKnown;
  // Where a block at the same address had been allocated that was freed before: then this was a second free. kNotKnown
  // where no such block is remembered.
  TracebackId allocated_at = kNotKnown;
  uint64_t count = 0;
};

// The first places that made such frees. Owner: the holder of the consolidation lock.
class StrayFrees {
 public:
  static constexpr size_t kMost = 32;

  // Null when the place is new, and there is no room for it.
  StrayFree* find_or_add(TracebackId freed_at) {
    for (size_t place = 0; place < count_; ++place) {
      if (places_[place].freed_at == freed_at) return &places_[place];
    }
    if (count_ == kMost) return nullptr;
    places_[count_].freed_at = freed_at;
    return &places_[count_++];
  }

  void clear() { *this = {}; }
  const StrayFree* begin() const { return places_; }
  const StrayFree* end() const { return places_ + count_; }

 private:
  StrayFree places_[kMost] = {};
  size_t count_ = 0;
};

}  // namespace heapreel::engine
