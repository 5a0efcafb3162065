// What the writer and the reader of state sections must agree on, besides the bytes: REEL_FORMAT.md, kind 7.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace heapreel::change_format {

// The most entries of one section. Even if every entry takes the most bytes, the section stays below the limit of a
// payload.
inline constexpr size_t kMostEntries = 1 << 20;

// Blocks begin at multiples of 16, so that differences are smaller without the zero bits.
constexpr uint64_t packed_address(uint64_t address) {
  return std::rotr(address, 4);
}
constexpr uint64_t unpacked_address(uint64_t packed) {
  return std::rotl(packed, 4);
}

// How many figures of a site, in the order of SiteAggregate, follow exactly from the lists of blocks.
inline constexpr size_t kFiguresFromBlocks = 2;  // live blocks, live bytes
inline constexpr size_t kAllocs = 2;             // place of the figure from which the others are guessed

}  // namespace heapreel::change_format
