// Sums over everything stored, as of a cut. Plain data, part of every snapshot.
#pragma once

#include <cstdint>

namespace heapreel::engine {

struct Totals {
  // Sums of the current generation. Sizes are requested bytes.
  uint64_t live_blocks = 0;
  uint64_t live_bytes = 0;
  uint64_t allocs = 0;        // blocks born, by a realloc too
  uint64_t frees = 0;         // blocks died, by a realloc too
  uint64_t reallocs = 0;      // moves, each also one of `allocs` and, if its old block was tracked, of `frees`
  uint64_t alloc_bytes = 0;   // of all blocks born
  uint64_t peak_bytes = 0;    // the most live_bytes that were certainly reached
  uint64_t peak_ceiling = 0;  // the most that can have been reached; equal to peak_bytes while one thread allocates
  uint32_t peak_game_frame = 0;
  uint32_t game_frames = 0;

  // Since the tracer began, over all generations.
  uint64_t issued = 0;            // events that the hooks counted
  uint64_t stored = 0;            // of those, applied to a store with their stack
  uint64_t degraded = 0;          // of those, applied without a stack because of overload
  uint64_t discarded = 0;         // of those, arrived after clear_traces() or stop() had ended their generation
  uint64_t inferred_frees = 0;    // blocks whose free no hook saw; closed when their address was given out again
  uint64_t mismatched_frees = 0;  // frees that named no live block of that address: double frees, stale entries
  uint64_t untracked_frees = 0;   // frees of blocks born untraced

  bool balanced() const { return issued == stored + degraded + discarded; }
};

}  // namespace heapreel::engine
