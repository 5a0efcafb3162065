// What tracing cost, apart from the figures that every reel's end has.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/store/own_memory.h"
#include "engine/store/stray_frees.h"
#include "snapshot/reel/format/own_allocator.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

struct ReelCosts {
  engine::OwnMemory own_memory;  // at the end; all 0 where it is not known
  // What ended the game frames: "timer", a function's name, or "program" for what the program says itself. Empty where it
  // is not known.
  std::string game_frames_by;
  // The period of the timer that made game frames; 0 when there was none.
  uint64_t clock_period_ms = 0;
  uint64_t late_game_frames = 0;       // that took half as long again, or longer
  uint64_t longest_game_frame_ns = 0;  // of those
  // No cost but a loss, here because this section can be added to: 1 when the program's malloc was not heapreel's.
  uint64_t misses_malloc = 0;

  // Not a cost, but what is recorded without it is not all.
  OwnAllocator own_allocator;

  // Nor is this one. Tracebacks are numbered as in the reel.
  std::vector<engine::StrayFree> stray_frees = {};

  bool known() const { return own_memory.total() != 0; }
};

void write_costs(ByteWriter& out, const ReelCosts& costs);
// What it does not know by name it passes over.
ReelCosts read_costs(ByteReader& in);

}  // namespace heapreel
