// Taking a cut, as the callers of take_snapshot, game_frame and the like do, and the consolidator in each round.
#pragma once

#include "engine/cut/cut_state.h"

namespace heapreel::engine {

// How long a cut-taker waits until another one of this process has taken its cut, which normally takes some hundred
// nanoseconds; longer by the time for which that one waits itself. After that tracing ends, and the record says so.
inline constexpr uint64_t kCutPatienceNs = 1'000'000'000;
// How many requests may wait to be served, at about 1 KiB each. When there are more, a cut-taker waits for
// TracerOptions::block_deadline_ms. After that tracing ends, and the record says so.
inline constexpr uint64_t kMostRequests = 1 << 12;
// How long callers wait for a consolidator that shows no sign of life.
inline constexpr uint64_t kNoSignOfLifeNs = 5'000'000'000;

// Takes a cut and queues a request for it. In the traced process only. It costs one lock among the process's cut-takers
// and a load for each ring. It makes no system call, unless another cut-taker has lost its core in the middle of a cut.
// With `keep` the caller holds one reference, which it gives back by release_request(); otherwise it holds none. Null
// when memory is spent or waiting took too long: then the call is counted as unrecorded.
CutRequest* request_cut(CutState& state, CutKind kind, bool keep, const char* name = nullptr);

// The same for the end of a game frame. `source` is what says that it ends. The caller holds no reference.
void request_game_frame(CutState& state, GameFrameSource source);
// The same for a game frame that the program ends and knows by this number.
void request_numbered_game_frame(CutState& state, uint32_t number);

// The same for a new generation: `opens` begins with the first tag after the cut. Null only ends the current one.
CutRequest* request_generation(CutState& state, Generation* opens);

// Gives the caller's reference back. Any thread.
void release_request(CutState& state, CutRequest* request);

// Waits until the consolidator has fulfilled `request`, and wakes it if it sleeps. False when the consolidator has
// shown no sign of life for kNoSignOfLifeNs while this process ran, or since another thread waited that long.
bool wait_until_fulfilled(const CutState& state, const CutRequest& request);

// Reads how far each ring has published into `marks` (S3) and returns the number of rings. When that exceeds
// `capacity`, it has done nothing else.
inline uint32_t read_marks(const CutState& state, RingMark* marks, uint32_t capacity) {
  const uint32_t count = state.rings->count();
  if (count > capacity) return count;
  for (uint32_t index = 0; index < count; ++index) {
    const Recorder* recorder = state.rings->at(index);
    marks[index] = recorder == nullptr ? RingMark{} : recorder->ring.published();
  }
  return count;
}

}  // namespace heapreel::engine
