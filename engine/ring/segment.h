// One pooled piece of a ring's memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

inline constexpr size_t kSegmentBytes = size_t{32} << 10;
inline constexpr size_t kSegmentWords = (kSegmentBytes - 64) / sizeof(uint64_t);

struct alignas(64) Segment {
  Segment* next;           // the producer sets it before it publishes the PAD that leads readers there
  uint64_t issued_before;  // events the ring's hooks had issued when this segment was entered
  uint64_t unused[6];
  uint64_t words[kSegmentWords];
};
static_assert(sizeof(Segment) == kSegmentBytes);

}  // namespace heapreel::engine
