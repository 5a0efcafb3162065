#include "snapshot/reel/format/reel_checksum.h"

#include <xxhash.h>

namespace heapreel {

uint64_t reel_checksum(std::span<const uint8_t> bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::vector<uint8_t> content_hash(std::span<const uint8_t> bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return {std::begin(canonical.digest), std::end(canonical.digest)};
}

}  // namespace heapreel
