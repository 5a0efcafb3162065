// The live heap at its highest, and how far that is from the peak.
#pragma once

#include <cstdint>
#include <optional>

#include <heapreel/export.h>
#include <heapreel/snapshot.h>

namespace heapreel {

// Snapshots are of boundaries between game frames; the heap may be higher inside one.
struct PeakSnapshot {
  Snapshot snapshot;             // at the end of the game frame that ended with the most live bytes, the first of them
  uint64_t game_frame = 0;       // that one's number
  uint64_t live_bytes = 0;       // in the snapshot
  uint64_t peak_bytes = 0;       // the largest live bytes that certainly were, inside a game frame or at its end
  uint64_t peak_bound = 0;       // the largest that can have been, as TracedMemory::peak_bound
  uint64_t peak_game_frame = 0;  // in which peak_bytes were

  // Whether the snapshot is the peak, not only the highest boundary.
  bool is_exact() const { return live_bytes == peak_bound; }
};

// Since tracing began, the peak was reset or traces were cleared, whichever was last. Nothing when no game frame ended
// since then, when StartOptions::keep_peak is off, when the kept state was given up for want of memory, and when
// another process consolidates (`heapreel run`: use FILE@peak). Waits for the consolidator. Throws NotTracing when
// there are no traces: before start() and after stop(). When tracing ended by itself, the highest until then. Any
// thread, but not from a signal handler.
HEAPREEL_API std::optional<PeakSnapshot> peak_snapshot();

}  // namespace heapreel
