// The tracer of another process, seen by the process that consolidates for it.
#pragma once

namespace heapreel::engine {

struct TracerState;

// The tracer of another process that was started with `fd` as its arena. `state` is null when there is none, or none
// yet; when its memory is of another version of heapreel, which this one cannot read; when it is damaged; and when
// there is no address space left here to map it.
struct Attached {
  TracerState* state = nullptr;
  bool is_of_another_version = false;
  bool is_damaged = false;
  bool has_no_room = false;
};
Attached attach(int fd);
// The calling process, which has attached, begins to consolidate: state.consolidator. False when memory is spent.
bool begin_consolidating(TracerState& state);

}  // namespace heapreel::engine
