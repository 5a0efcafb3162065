// What a caller asks of the consolidator at a cut.
//
// Its life: a cut-taker takes it from a free list under the cut lock and queues it in the order of epochs. The
// consolidator fulfils it. It is given back when nobody refers to it and the queue has moved on. References are the
// caller's handle and its copies, and one of the consolidator until it has fulfilled the request.
//
// Sync edges:
//   [request.queue]    CutState::newest_request: release in queue -> acquire in the consolidator. Carries the
//                      request, and by its link those queued before it.
//   [request.fulfil]   state: release in fulfil -> acquire in wait. Carries `frozen` and all it leads to.
//   [request.release]  references: acq_rel in release. Carries every holder's last read to whoever recycles.
//   [request.spare]    ReturnedRequests::newest_: release in put -> acquire in take_all. Carries the consolidator's
//                      last use.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/cut/game_frame_source.h"
#include "engine/record/generation.h"
#include "engine/ring/event_ring.h"
#include "engine/store/frozen_traces.h"

namespace heapreel::engine {

enum class CutKind : uint8_t {
  kTotals,      // only the sums
  kSnapshot,    // freeze and keep
  kGameFrame,   // boundary of a game frame; frozen for a listener if there is one
  kMark,        // a named place in the history
  kResetPeak,   // peak = current
  kPeak,        // asks for the sums, and for the state that was kept of the game frame with the most bytes
  kGeneration,  // the current generation ends; the next one begins (clear_traces, start) or none does (stop)
};

struct alignas(64) CutRequest {
  enum State : uint32_t { kPending = 0, kFulfilled = 1, kFailed = 2 };

  static constexpr uint32_t kFewRings = 8;

  // Everything that a cut-taker writes lies in two cache lines. The consolidator, on another core, has touched every
  // line of a request that is used again, so that each line costs its next user a transfer between cores.
  std::atomic<uint32_t> state{kPending};
  std::atomic<uint32_t> references{0};
  CutRequest* link = nullptr;  // the one queued before it, or the next of the spare ones
  CutKind kind = CutKind::kTotals;
  GameFrameSource source = GameFrameSource::kTimer;  // kGameFrame only: who says that it ends here
  // Not 0 when nobody refers to it any more. It is no bool, because any value that the program may have written there
  // must be valid.
  // Owner: the holder of the consolidation lock
  uint8_t released = 0;
  uint8_t is_numbered = 0;  // kGameFrame only: 1 when `own_number` is set
  uint32_t ring_count = 0;
  uint64_t epoch = 0;
  uint64_t ticks = 0;           // cpu::ticks() when the cut was taken
  RingMark* rings = few_rings;  // what each ring had published at the cut
  uint32_t ring_capacity = kFewRings;
  uint32_t own_number = 0;             // the program's own number of the game frame that ends
  CutRequest* next_dropped = nullptr;  // owner: the thread that pushes it, then the one that takes it

  alignas(64) RingMark few_rings[kFewRings];
  Generation* opens = nullptr;  // kGeneration only
  char name[64] = {};           // kMark only
  FrozenTraces frozen;          // valid once the request is fulfilled; pinned for kSnapshot only
  // kPeak only, valid once fulfilled: the request of the kept state, with a reference that the caller takes over; null
  // when there is none. Other kinds leave it as it is.
  CutRequest* peak = nullptr;

  bool release() {
    // [request.release] acq_rel
    return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
};

}  // namespace heapreel::engine
