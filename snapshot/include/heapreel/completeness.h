// Whether a snapshot holds everything that happened, and how much of it without a call stack.
#pragma once

#include <cstdint>

namespace heapreel {

// Counts of events since the tracer began; clear_traces() and stop() do not reset them. A plain value.
struct Completeness {
  uint64_t issued = 0;  // events that the hooks counted, before anything could go wrong
  uint64_t stored = 0;  // of those, the events that were applied with their call stack
  // Of those, the events that were applied without a call stack, because there was no room for it. Block and size are
  // recorded; the site is "<degraded>".
  uint64_t degraded = 0;
  // Of those, the events whose traces had been cleared by the time when they arrived.
  uint64_t discarded = 0;
  // Calls that could not even be counted as issued, for instance because there was no ring for a thread. In a snapshot
  // of a reel this is the number of the whole reel.
  uint64_t unrecorded = 0;

  // Blocks whose free no hook saw. That they are gone was inferred when their address was given out again; until then
  // they were shown as live.
  uint64_t inferred_frees = 0;
  // Frees of an address where another block was, or none. Most of them are double frees of the program.
  uint64_t mismatched_frees = 0;
  // Frees of blocks that were allocated while tracing was off, and so are not recorded.
  uint64_t untracked_frees = 0;

  // False when the program calls a malloc that is not heapreel's (see sees_malloc()). Its blocks are not counted here.
  bool sees_malloc = true;

  // Whether live blocks, their sizes and all counts are exact. Call stacks may be missing: see `degraded`.
  bool is_exact() const { return issued == stored + degraded + discarded && unrecorded == 0 && sees_malloc; }
  bool has_all_stacks() const { return is_exact() && degraded == 0; }

  friend bool operator==(const Completeness&, const Completeness&) = default;
};

}  // namespace heapreel
