// What the writer and the reader of sums by group must agree on, besides the bytes: REEL_FORMAT.md, kind 14.
#pragma once

#include <array>
#include <cstdint>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel::group_growth {

// How much a group's sums grew from one still to the next, less what is expected: that as many blocks die as are born,
// and that blocks keep their average size. In the order of the section's columns.
inline constexpr size_t kNumbers = 5;
using Numbers = std::array<uint64_t, kNumbers>;

constexpr uint64_t usual_size(const engine::GroupSums& sums) {
  return sums.allocs == 0 ? 0 : sums.alloc_bytes / sums.allocs;
}

constexpr Numbers between(const engine::GroupSums& before, const engine::GroupSums& after) {
  const uint64_t usual = usual_size(before);
  const uint64_t allocs = after.allocs - before.allocs;
  const uint64_t alloc_bytes = after.alloc_bytes - before.alloc_bytes;
  const uint64_t more_frees = after.frees - before.frees - allocs;
  const uint64_t more_freed_bytes = after.freed_bytes - before.freed_bytes - alloc_bytes;
  return {allocs, zigzag(alloc_bytes - allocs * usual), zigzag(more_frees),
          zigzag(more_freed_bytes - more_frees * usual), after.reallocs - before.reallocs};
}

constexpr void apply(const Numbers& numbers, engine::GroupSums& sums) {
  const uint64_t usual = usual_size(sums);
  const uint64_t allocs = numbers[0];
  const uint64_t alloc_bytes = unzigzag(numbers[1]) + allocs * usual;
  const uint64_t more_frees = unzigzag(numbers[2]);
  sums.allocs += allocs;
  sums.alloc_bytes += alloc_bytes;
  sums.frees += allocs + more_frees;
  sums.freed_bytes += alloc_bytes + unzigzag(numbers[3]) + more_frees * usual;
  sums.reallocs += numbers[4];
}

}  // namespace heapreel::group_growth
