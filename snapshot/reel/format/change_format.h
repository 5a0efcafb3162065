// What the writer and the reader of state sections agree on beside the bytes: REEL_FORMAT.md, kind 7.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace heapreel::change_format {

// Entries of one section. At the most bytes an entry can take this stays below the limit of a payload.
inline constexpr size_t kMostEntries = 1 << 20;

// Blocks begin at multiples of 16: without the zeros, differences are small.
constexpr uint64_t packed_address(uint64_t address) {
  return std::rotr(address, 4);
}
constexpr uint64_t unpacked_address(uint64_t packed) {
  return std::rotl(packed, 4);
}

// Of the figures of a site, in the order of SiteAggregate, those that the lists of blocks tell exactly.
inline constexpr size_t kFiguresFromBlocks = 2;  // live blocks, live bytes
inline constexpr size_t kAllocs = 2;             // place of the figure that the others are guessed from

}  // namespace heapreel::change_format
