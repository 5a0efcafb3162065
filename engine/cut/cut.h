// Taking a cut: what the callers of take_snapshot, game_frame and the like do, and the consolidator each round.
#pragma once

#include "engine/cut/cut_state.h"

namespace heapreel::engine {

// How long a cut-taker waits for another one of this process to take its cut, which normally is some hundred
// nanoseconds; longer by the next one's wait. Then tracing ends, marked.
inline constexpr uint64_t kCutPatienceNs = 1'000'000'000;
// Requests that may wait to be served, at some 1 KiB each. Then a cut-taker waits for TracerOptions::block_deadline_ms,
// and tracing ends, marked.
inline constexpr uint64_t kMostRequests = 1 << 12;
// How long callers wait while the consolidator shows no sign of life.
inline constexpr uint64_t kNoSignOfLifeNs = 5'000'000'000;

// Takes a cut and queues a request for it. In the traced process only. Costs one lock among its cut-takers and a load
// per ring; no system call, unless another cut-taker has lost its core in the middle of a cut. With `keep` the caller
// holds one reference and release()s it; otherwise none. Null when memory or patience is spent: the call is counted as
// unrecorded.
CutRequest* request_cut(CutState& state, CutKind kind, bool keep, const char* name = nullptr);

// The same for the end of a game frame; `source` is who says that it ends. The request belongs to nobody.
void request_game_frame(CutState& state, GameFrameSource source);
// The same of a game frame of the program's own, which knows it by this number.
void request_numbered_game_frame(CutState& state, uint32_t number);

// The same for a new generation: `opens` begins with the first tag after the cut; null ends the current one only.
CutRequest* request_generation(CutState& state, Generation* opens);

// The caller's reference goes. Any thread.
void release_request(CutState& state, CutRequest* request);

// Waits until the consolidator has fulfilled `request`, after waking it if it sleeps. False when the consolidator shows no
// sign of life for kNoSignOfLifeNs while this process runs, or has shown none since another thread waited for so long.
bool wait_until_fulfilled(const CutState& state, const CutRequest& request);

// Reads what each ring has published into `marks` (S3); the number of rings, which may exceed `capacity` and is then
// all that was done.
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
