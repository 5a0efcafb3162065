// Sums over a list of game frames: what they allocated and freed, and how large the heap was.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "snapshot/reel/format/reel_info.h"

namespace heapreel::tools {

struct GameFrameTotals {
  uint64_t game_frames = 0;
  uint64_t merged = 0;   // how many of these have no state of their own
  uint64_t partial = 0;  // how many of these are what came after the last boundary
  uint64_t allocs = 0;
  uint64_t frees = 0;
  uint64_t reallocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t freed_bytes = 0;

  // Set when the list is not empty.
  std::optional<GameFrameRow> first, last;
  std::optional<GameFrameRow> most_live;  // ends with the most live bytes; the first of them

  // `rows` ascend by number, and may have gaps.
  static GameFrameTotals of(const std::vector<GameFrameRow>& rows);
};

}  // namespace heapreel::tools
