// Whether a snapshot holds everything that happened, and what it holds without a stack.
#pragma once

#include <cstdint>

namespace heapreel {

// Counts of events since the tracer began, over clear_traces() and stop() too. A plain value.
struct Completeness {
  uint64_t issued = 0;  // counted by the hooks, before anything can go wrong
  uint64_t stored = 0;  // of those, applied with their stack
  uint64_t degraded =
      0;  // of those, applied without a stack for want of room: size, block and site "<degraded>" are there
  uint64_t forgotten = 0;  // of those, too late: their traces were cleared while they were on their way
  // Not even counted: a thread or a nested signal handler could be given no ring. Of a reel: in all of it.
  uint64_t unrecorded = 0;

  uint64_t unseen_frees = 0;  // blocks closed because their address came again; until then they were shown as live
  uint64_t mismatched_frees =
      0;  // frees of an address where another block, or none, was: double frees, for the most part
  uint64_t untracked_frees = 0;  // frees of blocks born while tracing was off: they were never counted

  // Live blocks, their sizes and all counts are exact. Stacks may be missing: see `degraded`.
  bool is_exact() const { return issued == stored + degraded + forgotten && unrecorded == 0; }
  bool has_all_stacks() const { return is_exact() && degraded == 0; }

  friend bool operator==(const Completeness&, const Completeness&) = default;
};

}  // namespace heapreel
