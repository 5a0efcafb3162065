// The sums of one moment, as stills, marks and ends of generations carry them.
#pragma once

#include <cstdint>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

struct ReelSums {
  uint32_t generation = 0;   // clear_traces() and start() begin one
  uint32_t game_frames = 0;  // complete ones before this moment
  uint64_t time_ns = 0;      // monotonic
  uint32_t traceback_limit = 0;
  engine::Totals totals;

  static ReelSums of(const engine::FrozenTraces& state);
};

// Writes the sums as differences to `base`, which the reader must know too.
void write_sums(ByteWriter& out, const ReelSums& sums, const ReelSums& base);
ReelSums read_sums(ByteReader& in, const ReelSums& base);

}  // namespace heapreel
