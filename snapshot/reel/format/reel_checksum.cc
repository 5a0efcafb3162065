#include "snapshot/reel/format/reel_checksum.h"

#include <xxhash.h>

namespace heapreel {

uint64_t reel_checksum(std::span<const uint8_t> bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace heapreel
