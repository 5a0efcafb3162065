// The live heap when it was largest, and how far that snapshot is from the true peak.
#pragma once

#include <cstdint>
#include <optional>

#include <heapreel/export.h>
#include <heapreel/snapshot.h>

namespace heapreel {

// The snapshot is taken at the end of a game frame. Inside a game frame the heap may have been larger.
struct PeakSnapshot {
  Snapshot snapshot;             // at the end of the first game frame that ended with the most live bytes
  uint64_t game_frame = 0;       // the number of that game frame
  uint64_t live_bytes = 0;       // in the snapshot
  uint64_t peak_bytes = 0;       // the most live bytes that were certainly reached, inside a game frame or at its end
  uint64_t peak_bound = 0;       // the most that can have been reached, as TracedMemory::peak_bound
  uint64_t peak_game_frame = 0;  // the game frame in which peak_bytes were reached

  // Whether the snapshot shows the true peak, and not only the largest heap at the end of a game frame.
  bool is_exact() const { return live_bytes == peak_bound; }
};

// The peak since tracing began, the peak was reset, or traces were cleared, whichever happened last. When tracing ended
// by itself, it is the peak until then. Waits for the consolidator. Any thread, but not from a signal handler.
//
// Returns nothing when no game frame ended since then, when StartOptions::keep_peak is off, when the kept state was
// given up because memory ran short, and under `heapreel run`, where the reel has it as FILE@peak. Throws NotTracing
// when there are no traces: before start() and after stop().
HEAPREEL_API std::optional<PeakSnapshot> peak_snapshot();

}  // namespace heapreel
