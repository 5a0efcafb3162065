// All shared state of one tracer, at a known place of its arena: what hooks, cut-takers and the consolidator, in
// whichever process it runs, have in common.
//
// Sync edges:
//   [state.generation]  generation: release in open_generation -> acquire in retag and attach. Carries the generation.
//   [state.dropped]     dropped_requests: release in release_request -> acquire in take_back_dropped. Carries the last
//                       holder's reads, and CutRequest::next_dropped.
//   [state.ended]       ended: release in end_tracing -> acquire in retag and readers. Carries why. It is set before
//   the epoch
//                       advances, so that no hook with a later tag records anything.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/budget_table.h"
#include "engine/cut_lock.h"
#include "engine/departure.h"
#include "engine/memory/arena_queue.h"
#include "engine/memory/epoch.h"
#include "engine/memory/futex_lock.h"
#include "engine/memory/name_table.h"
#include "engine/registered_names.h"
#include "engine/ring/block_lease.h"
#include "engine/ring/lease_keeper.h"
#include "engine/ring/segment_pool.h"
#include "engine/ring_registry.h"
#include "engine/spare_requests.h"
#include "engine/stack_crosscheck.h"
#include "engine/store/end_reason.h"
#include "engine/totals_board.h"
#include "engine/tracer_options.h"
#include "engine/unwind/module_table.h"

namespace heapreel::engine {

class Consolidator;

// A state that a listener kept and no longer looks at.
struct DroppedSnapshot {
  uint32_t generation = 0;
  uint32_t store_epoch = 0;
};

struct TracerState {
  static constexpr uint64_t kVersion = 5;

  explicit TracerState(const TracerOptions& from) : options(from), segments(from.ring_budget) {}

  // Tells builds apart that kVersion does not.
  static uint64_t this_layout() {
    return uint64_t{sizeof(TracerState)} | uint64_t{sizeof(CutRequest)} << 24 | uint64_t{sizeof(Recorder)} << 40;
  }
  // Of a tracer that another build of heapreel may have made: whether this one can read it. Only what comes first in
  // it may be looked at before.
  bool has_this_layout() const { return version == kVersion && layout == this_layout(); }

  // Whether the arena had room for all of it.
  bool complete() const {
    return rings != nullptr && domains != nullptr && scopes != nullptr && budgets != nullptr && threads != nullptr &&
           modules != nullptr && (crosscheck != nullptr || !options.crosscheck_stacks);
  }

  // Address space of the arena that is left for applying what is still in the rings when memory is spent: tracing ends
  // before the store has to refuse anything.
  size_t arena_reserve() const {
    const size_t for_rings = 4 * options.ring_budget;
    const size_t most = Arena::header()->bytes / 8;
    return for_rings < most ? for_rings : most;
  }

  const uint64_t version = kVersion;
  const uint64_t layout = this_layout();
  const TracerOptions options;
  uint32_t process_id = 0;
  uint64_t started_wall_ns = 0;
  uint64_t started_monotonic_ns = 0;

  // All that a cut writes, but the request: one cache line, which is on the other core more often than not. The hooks
  // read the epoch at every event. The program's cut-takers exclude one another for the few loads of a cut; the lock is
  // never held by a consolidating process, which may be killed or stopped at any instruction.
  alignas(64) Epoch epoch;
  CutLock cut_lock;
  std::atomic<CutRequest*> newest_request{nullptr};  // written by the cut lock's holder
  SpareRequests spare_requests;
  uint64_t requests_queued = 0;  // owner: the cut lock's holder
  uint64_t queue_limit = 0;      // owner: as above. So many may have been queued before requests_served is looked at

  // Read by hooks when their tag changes, and by cut-takers.
  alignas(64) std::atomic<Generation*> generation{nullptr};
  RingRegistry* const rings = Arena::zeroed<RingRegistry>();
  std::atomic<EndReason> ended{EndReason::kNotEnded};
  std::atomic<uint32_t> own_game_frames{0};  // the program marks its own: no more by the clock

  alignas(64) FutexLock consolidation_lock;
  std::atomic<uint64_t> heartbeat_ns{0};  // when the consolidator last finished a round
  // relaxed: a level, for cut-takers who would queue more than anybody serves.
  std::atomic<uint64_t> requests_served{0};
  // relaxed: only its sum with the cuts that the consolidator knows matters, when that equals the epoch. Advances that
  // no cut was queued for: tracing ended, or memory for the request could not be had.
  std::atomic<uint64_t> quiet_advances{0};
  // relaxed: a heartbeat that somebody waited for in vain; nobody else waits as long while it is the last.
  mutable std::atomic<uint64_t> lifeless_heartbeat_ns{0};

  SegmentPool segments;
  LeaseQueue leases;
  ArenaQueue<DroppedSnapshot> dropped;  // ends in the consolidating process only
  // Requests that nobody refers to any more: pushed by whoever was last, in any process; taken all at once.
  std::atomic<CutRequest*> dropped_requests{nullptr};
  ReturnedRequests returned_requests;
  ArenaQueue<void*> spare_regions;
  ArenaQueue<Generation*> spare_generations;

  DomainNames* const domains = Arena::zeroed<DomainNames>();
  ScopeNames* const scopes = Arena::zeroed<ScopeNames>();
  BudgetTable* const budgets = Arena::zeroed<BudgetTable>();
  NameTable<kMostThreads, 24>* const threads = Arena::zeroed<NameTable<kMostThreads, 24>>();
  ModuleTable* const modules = Arena::zeroed<ModuleTable>();

  // Null unless asked for.
  StackCrosscheck* const crosscheck = options.crosscheck_stacks ? Arena::zeroed<StackCrosscheck>() : nullptr;

  // Calls that could not even be counted in a ring: no thread or nesting level could be given one, tracing ended over
  // them, or they named a domain or scope that is none. Not 0 = not exact.
  std::atomic<uint64_t> unrecorded{0};

  TotalsBoard estimate;
  Departure departure;
  Consolidator* consolidator = nullptr;
  bool consolidated_elsewhere = false;  // by another process: threads here do not lend it their time
};

// This process's tracer; null until start() or attach. Set once, before tracing() can be true.
[[gnu::visibility("hidden")]] extern TracerState* g_state;

}  // namespace heapreel::engine
