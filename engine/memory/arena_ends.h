// How far the two ends of a region have come that grow towards each other, as offsets from the arena's beginning, in
// one word so that they never cross. The ends only hand out addresses. An address is used by whoever got it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace heapreel::engine {

struct ArenaEnds {
  static constexpr size_t kBottomUnit = 64;
  static constexpr size_t kTopUnit = 4096;  // pages are whole numbers of it

  size_t bottom;
  size_t top;

  ArenaEnds(size_t new_bottom, size_t new_top) : bottom(new_bottom), top(new_top) {}
  explicit ArenaEnds(uint64_t word) : bottom(size_t{word & UINT32_MAX} * kBottomUnit), top((word >> 32) * kTopUnit) {}
  uint64_t word() const { return bottom / kBottomUnit | uint64_t{top / kTopUnit} << 32; }
  size_t left() const { return top > bottom ? top - bottom : 0; }

  static constexpr size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }
};

// Moves one end in `word` as `moved` does, by `size`, which is `bytes` rounded up. Returns where both ends were before.
// Returns nothing when there is no room, and when the word names a place outside of [begin, end), because a wild write
// of the program may have reached it.
template <class Moved>
std::optional<ArenaEnds> take_from_ends(std::atomic<uint64_t>& word, size_t begin, size_t end, size_t bytes,
                                        size_t size, Moved&& moved) {
  // relaxed: it only hands out addresses that do not overlap; whoever publishes what lies there has an edge for it
  uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    const ArenaEnds before(seen);
    if (before.bottom < begin || before.top > end) return std::nullopt;
    if (size < bytes || size > before.left()) return std::nullopt;
    // relaxed: as above
    if (word.compare_exchange_weak(seen, moved(before).word(), std::memory_order_relaxed)) return before;
  }
}

}  // namespace heapreel::engine
