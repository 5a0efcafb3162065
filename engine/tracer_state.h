// All shared state of one tracer, at a known place of its arena: what hooks, cut-takers and the consolidator, in
// whichever process it runs, have in common.
//
// Sync edges:
//   [state.generation]  generation: release in open_generation -> acquire in retag and attach. Carries the generation.
//   [state.ended]       ended: release in end_tracing -> acquire in retag and readers. Carries why. It is set before
//   the epoch
//                       advances, so that no hook with a later tag records anything.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/arena_queue.h"
#include "engine/block_lease.h"
#include "engine/epoch.h"
#include "engine/futex_lock.h"
#include "engine/lease_keeper.h"
#include "engine/module_table.h"
#include "engine/name_table.h"
#include "engine/ring_registry.h"
#include "engine/segment_pool.h"
#include "engine/spare_requests.h"
#include "engine/totals_board.h"
#include "engine/tracer_options.h"

namespace heapreel::engine {

class Consolidator;

// Why tracing was over before the program was.
enum class EndReason : uint32_t {
  kNotEnded,
  kOverload,  // the ring budget was spent and nobody drained in time
  kMemory,    // the memory budget, or address space, was spent
  kTooManyThreads,
};

// A frozen state that nobody looks at any more.
struct DroppedSnapshot {
  uint32_t generation = 0;
  uint32_t store_epoch = 0;
  CutRequest* request = nullptr;  // to recycle; null for a game frame's
};

struct TracerState {
  static constexpr uint64_t kVersion = 1;

  explicit TracerState(const TracerOptions& from) : options(from), segments(from.ring_budget) {}

  // Whether the arena had room for all of it.
  bool complete() const {
    return rings != nullptr && domains != nullptr && scopes != nullptr && threads != nullptr && modules != nullptr;
  }

  const uint64_t version = kVersion;
  const TracerOptions options;
  uint32_t process_id = 0;
  uint64_t started_wall_ns = 0;
  uint64_t started_monotonic_ns = 0;

  Epoch epoch;
  // Read by hooks when their tag changes.
  alignas(64) std::atomic<Generation*> generation{nullptr};
  std::atomic<EndReason> ended{EndReason::kNotEnded};
  std::atomic<uint32_t> own_game_frames{0};  // the program marks its own: no more by the clock

  // Cut-takers exclude one another for the few loads of a cut.
  alignas(64) FutexLock cut_lock;
  CutRequest* newest_request = nullptr;  // owner: the cut lock's holder
  SpareRequests spare_requests;

  alignas(64) FutexLock consolidation_lock;
  std::atomic<uint64_t> heartbeat_ns{0};  // when the consolidator last finished a round

  RingRegistry* const rings = Arena::zeroed<RingRegistry>();
  SegmentPool segments;
  LeaseQueue leases;
  ArenaQueue<DroppedSnapshot> dropped;
  ArenaQueue<void*> spare_regions;
  ArenaQueue<Generation*> spare_generations;

  NameTable<kMaxDomains, 56>* const domains = Arena::zeroed<NameTable<kMaxDomains, 56>>();
  NameTable<1 << 16, 120>* const scopes = Arena::zeroed<NameTable<1 << 16, 120>>();
  NameTable<1 << 16, 24>* const threads = Arena::zeroed<NameTable<1 << 16, 24>>();
  ModuleTable* const modules = Arena::zeroed<ModuleTable>();

  // Events that could not even be counted in a ring: no thread or nesting level could be given one. Not 0 = not exact.
  std::atomic<uint64_t> unrecorded{0};

  TotalsBoard estimate;
  Consolidator* consolidator = nullptr;
  bool consolidated_elsewhere = false;  // by another process: threads here do not lend it their time
};

// This process's tracer; null until start() or attach. Set once, before tracing() can be true.
extern TracerState* g_state;

}  // namespace heapreel::engine
