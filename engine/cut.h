// Taking a cut: what the callers of take_snapshot, game_frame and the like do, and the consolidator each round.
#pragma once

#include "engine/tracer_state.h"

namespace heapreel::engine {

// Takes a cut and queues a request for it. Costs one lock among cut-takers and a load per ring; no system call, unless
// another cut-taker has lost its core in the middle of a cut. With `keep` the caller holds one reference and release()s
// it; otherwise none. Null when memory is spent.
CutRequest* request_cut(TracerState& state, CutKind kind, bool keep, const char* name = nullptr);

// The same for a new generation: `opens` begins with the first tag after the cut; null ends the current one only.
CutRequest* request_generation(TracerState& state, Generation* opens);

// The caller's reference goes. Any thread.
void release_request(TracerState& state, CutRequest* request);

// Waits until the consolidator has fulfilled `request`. False when it shows no sign of life any more.
bool wait_until_fulfilled(const TracerState& state, const CutRequest& request);

// Reads what each ring has published into `marks` (S3); the number of rings, which may exceed `capacity` and is then
// all that was done.
inline uint32_t read_marks(const TracerState& state, RingMark* marks, uint32_t capacity) {
  const uint32_t count = state.rings->count();
  if (count > capacity) return count;
  for (uint32_t index = 0; index < count; ++index) {
    const Recorder* recorder = state.rings->at(index);
    marks[index] = recorder == nullptr ? RingMark{} : recorder->ring.published();
  }
  return count;
}

}  // namespace heapreel::engine
