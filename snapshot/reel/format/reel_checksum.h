// XXH3: of sections, and of files that a reel refers to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace heapreel {

uint64_t reel_checksum(std::span<const uint8_t> bytes, uint64_t seed);

// XXH3-128, 16 bytes, of a whole file: what equal files have in common.
std::vector<uint8_t> content_hash(std::span<const uint8_t> bytes);

}  // namespace heapreel
