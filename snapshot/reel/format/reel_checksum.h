// XXH3-64.
#pragma once

#include <cstdint>
#include <span>

namespace heapreel {

uint64_t reel_checksum(std::span<const uint8_t> bytes, uint64_t seed);

}  // namespace heapreel
