// Another process's tracer, seen from the process that consolidates for it.
#pragma once

namespace heapreel::engine {

struct TracerState;

// The tracer of another process that was started with `fd` as its arena; null when there is none, not yet, or one of
// another version of heapreel, whose memory this one cannot read, one that is damaged, or
// where no address space is left here to read it.
struct Attached {
  TracerState* state = nullptr;
  bool is_of_another_version = false;
  bool is_damaged = false;
  bool has_no_room = false;
};
Attached attach(int fd);
// The caller, which attached, becomes the consolidating process: state.consolidator. False when memory is spent.
bool begin_consolidating(TracerState& state);

}  // namespace heapreel::engine
