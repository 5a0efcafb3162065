// How large the live blocks are, and what the allocator adds to them.
#pragma once

#include <cstdint>

namespace heapreel {

enum class SizeBinning : uint8_t {
  power_of_two,    // 0, 1, 2, 3..4, 5..8, 9..16 ...
  mimalloc_class,  // the size classes of mimalloc 2
};

// The blocks whose requested sizes lie in one range.
struct SizeBin {
  uint64_t least = 0;  // the range, both ends included
  uint64_t most = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  // Bytes that mimalloc gives these blocks beyond what was asked for: the size class minus the size. Counted only for
  // malloc and new, because what an engine's own allocator adds is not known. Alignment above 16 bytes may cost more.
  uint64_t slack_bytes = 0;

  friend bool operator==(const SizeBin&, const SizeBin&) = default;
};

}  // namespace heapreel
