// Mixing hashes of parts into the hash of a whole.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel {

inline size_t combine_hash(size_t seed, size_t value) {
  uint64_t mixed = seed ^ (value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2));
  mixed *= 0xff51afd7ed558ccdull;  // MurmurHash3's finaliser constant
  return mixed ^ mixed >> 33;
}

}  // namespace heapreel
