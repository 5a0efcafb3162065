// tracemalloc's word for one live memory block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <heapreel/export.h>
#include <heapreel/traceback.h>

namespace heapreel {

// A plain value. The first three fields are tracemalloc's; == and hash look only at these, total_nframe included. The
// other fields are what a native tracer knows in addition.
struct HEAPREEL_API Trace {
  uint32_t domain = 0;  // the allocator: 0 = malloc and new, others are the program's own allocators
  uint64_t size = 0;    // requested bytes; a block of 0 bytes is a block too
  Traceback traceback;
  uint64_t address = 0;  // of the block, in the traced process; 0 = not known
  uint32_t thread = 0;   // the thread that allocated it
  uint32_t born_game_frame = 0;
  std::string tag;  // the scope that the thread was in when it allocated, "Physics/Solver"; empty = none

  size_t hash() const;

  // str(): "b.py:4: 10 B". Throws std::out_of_range when the traceback is empty.
  std::string to_string() const;
  // repr(): "<Trace domain=0 size=10 B, traceback=<Traceback ...>>".
  std::string repr() const;

  friend bool operator==(const Trace& a, const Trace& b) {
    return a.domain == b.domain && a.size == b.size && a.traceback == b.traceback &&
           a.traceback.total_nframe() == b.traceback.total_nframe();
  }
};

}  // namespace heapreel

template <>
struct std::hash<heapreel::Trace> {
  size_t operator()(const heapreel::Trace& trace) const { return trace.hash(); }
};
