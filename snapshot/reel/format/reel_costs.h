// What tracing cost, in addition to the figures that the end of every reel has.
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
  // What ended the game frames: "timer", the name of a function, or "program" when the program said so itself. Empty
  // when it is not known.
  std::string game_frames_by;
  // The period of the timer that made game frames; 0 when there was none.
  uint64_t clock_period_ms = 0;
  uint64_t late_game_frames = 0;       // how many took half as long again as they should, or longer
  uint64_t longest_game_frame_ns = 0;  // the longest of those
  // 1 when the program's malloc was not heapreel's. It is no cost, but stands here because this section can be
  // extended.
  uint64_t misses_malloc = 0;

  // An allocator of the program whose blocks may be missing in the record; no cost either.
  OwnAllocator own_allocator;

  // Frees of blocks that are not in the record; no cost either. Tracebacks are numbered as in the reel.
  std::vector<engine::StrayFree> stray_frees = {};

  bool known() const { return own_memory.total() != 0; }
};

void write_costs(ByteWriter& out, const ReelCosts& costs);
// Figures whose names it does not know are passed over.
ReelCosts read_costs(ByteReader& in);

}  // namespace heapreel
