// What cut-takers and the consolidator share: the queue of requests, and who serves it.
//
// Sync edges:
//   [state.dropped]     dropped_requests: release in release_request -> acquire in take_back_dropped. Carries the last
//                       holder's reads, and CutRequest::next_dropped.
//   [state.waits]       waits: release in wait_until_fulfilled -> acquire in run_round_and_pause. Carries the
//                       queueing of the request: whoever sees the waiter also finds its request in the queue.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/cut/cut_lock.h"
#include "engine/cut/spare_requests.h"
#include "engine/record/recording_state.h"

namespace heapreel::engine {

struct CutState : RecordingState {
  using RecordingState::RecordingState;

  // The members up to `queue_limit` share the cache line of RecordingState::epoch. They are all that a cut writes,
  // besides the request; that line is in the cache of another core more often than not. The lock excludes the program's
  // cut-takers from one another for the few loads of a cut. A consolidating process, which may be killed or stopped at
  // any instruction, never holds it.
  CutLock cut_lock;
  std::atomic<CutRequest*> newest_request{nullptr};  // written by the cut lock's holder
  SpareRequests spare_requests;
  uint64_t requests_queued = 0;  // owner: the cut lock's holder
  uint64_t queue_limit = 0;      // owner: as above. When so many were queued, requests_served is looked at

  alignas(64) std::atomic<uint64_t> heartbeat_ns{0};  // when the consolidator last finished a round
  // relaxed: a level, for cut-takers that would queue more than is served
  std::atomic<uint64_t> requests_served{0};
  // relaxed: the heartbeat at which a waiter gave up. While it is still the last heartbeat, nobody else waits as long.
  mutable std::atomic<uint64_t> lifeless_heartbeat_ns{0};
  // How often somebody began to wait for a request. The consolidator sleeps on this word between its rounds.
  mutable std::atomic<uint32_t> waits{0};

  // Requests that nobody refers to any more. Whoever gave back the last reference pushes them, in any process; they are
  // all taken at once.
  std::atomic<CutRequest*> dropped_requests{nullptr};
  ReturnedRequests returned_requests;
};

inline CutState* cut_state() {
  return static_cast<CutState*>(g_recording);
}

}  // namespace heapreel::engine
