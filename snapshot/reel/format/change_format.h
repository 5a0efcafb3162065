// What the writer and the reader of state sections agree on beside the bytes: REEL_FORMAT.md, kind 7.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace heapreel::change_format {

// The most entries of one section. Even if every entry takes as many bytes as it can, this stays below the limit of a
// payload.
inline constexpr size_t kMostEntries = 1 << 20;

// Blocks begin at multiples of 16: differences are small without the zero bits.
constexpr uint64_t packed_address(uint64_t address) {
  return std::rotr(address, 4);
}
constexpr uint64_t unpacked_address(uint64_t packed) {
  return std::rotl(packed, 4);
}

// How many figures of a site, in the order of SiteAggregate, follow exactly from the lists of blocks.
inline constexpr size_t kFiguresFromBlocks = 2;  // live blocks, live bytes
inline constexpr size_t kAllocs = 2;             // place of the figure that the others are guessed from

}  // namespace heapreel::change_format
