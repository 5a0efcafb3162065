// What a caller asks of the consolidator at a cut, and the handle by which it gets the answer.
//
// Life: taken from a free list under the cut lock, queued in epoch order, fulfilled by the consolidator, given back
// when nobody refers to it and the queue has moved on. References: the caller's handle and its copies, and one for the
// consolidator until it has fulfilled the request.
//
// Sync edges:
//   [request.queue]    next: release in enqueue -> acquire in the consolidator. Carries the request.
//   [request.fulfil]   state: release in fulfil -> acquire in wait. Carries `frozen` and all it leads to.
//   [request.release]  references: acq_rel in release. Carries every holder's last read to whoever recycles.
//   [request.spare]    SpareRequests::returned_: release in put -> acquire in take. Carries the consolidator's last
//   use.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/event_ring.h"
#include "engine/frozen_traces.h"
#include "engine/generation.h"

namespace heapreel::engine {

enum class CutKind : uint8_t {
  kTotals,      // only the sums
  kSnapshot,    // freeze and keep
  kGameFrame,   // boundary of a game frame; frozen for a listener if there is one
  kMark,        // a named place in the history
  kResetPeak,   // peak = current
  kGeneration,  // the current generation ends; the next one begins (clear_traces, start) or none does (stop)
};

struct alignas(64) CutRequest {
  enum State : uint32_t { kPending = 0, kFulfilled = 1, kFailed = 2 };

  // What a cut-taker writes, in one cache line: the consolidator, on another core, has touched every line of a recycled
  // request, and each costs its next user a transfer.
  std::atomic<uint32_t> state{kPending};
  std::atomic<uint32_t> references{0};
  std::atomic<CutRequest*> next{nullptr};
  CutKind kind = CutKind::kTotals;
  bool released = false;  // nobody refers to it any more. Owner: the holder of the consolidation lock
  uint32_t ring_count = 0;
  uint32_t ring_capacity = 0;
  uint64_t epoch = 0;
  uint64_t time_ns = 0;                // monotonic, when the cut was taken
  RingMark* rings = nullptr;           // what each ring had published at the cut
  CutRequest* next_dropped = nullptr;  // owner: who pushes it, then who takes it

  Generation* opens = nullptr;  // kGeneration only
  char name[64] = {};           // kMark only
  FrozenTraces frozen;          // valid once fulfilled; pinned for kSnapshot only

  bool release() {
    // [request.release] acq_rel
    return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
};

}  // namespace heapreel::engine
