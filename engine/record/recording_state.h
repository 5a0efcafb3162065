// What the hooks of all threads share, at a known place of the arena. The tracer's whole state is built on it in steps,
// each in the room that needs it: RecordingState, then CutState (cut/), then TracerState (consolidate/).
//
// Sync edges:
//   [state.generation]  generation: release in request_generation -> acquire in generation_of and tracer_memory.
//                       Carries the generation.
//   [state.ended]       ended: release in end_tracing -> acquire in catch_up_with_epoch and readers. Carries why. It is
//                       set before the epoch advances, so that no hook with a later tag records anything.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/crosscheck/stack_crosscheck.h"
#include "engine/memory/arena_queue.h"
#include "engine/memory/epoch.h"
#include "engine/memory/name_table.h"
#include "engine/record/recorder_state.h"
#include "engine/record/registered_names.h"
#include "engine/record/ring_registry.h"
#include "engine/record/tracer_options.h"
#include "engine/ring/block_lease.h"
#include "engine/ring/segment_pool.h"
#include "engine/store/end_reason.h"
#include "engine/store/group_sums.h"
#include "engine/store/lease_keeper.h"
#include "engine/unwind/module_table.h"

namespace heapreel::engine {

struct RecordingState {
  static constexpr uint64_t kVersion = 6;

  // `layout_of_all` tells builds apart that kVersion does not: see TracerState::this_layout.
  RecordingState(const TracerOptions& from, uint64_t layout_of_all)
      : layout(layout_of_all), options(from), segments(from.ring_budget) {}

  // Only these two may be looked at before it is known that the same build made them.
  const uint64_t version = kVersion;
  const uint64_t layout;

  const TracerOptions options;
  uint32_t process_id = 0;

  // Read by hooks when their tag changes, and by cut-takers.
  alignas(64) std::atomic<Generation*> generation{nullptr};
  RingRegistry* const rings = Arena::zeroed<RingRegistry>();
  std::atomic<EndReason> ended{EndReason::kNotEnded};

  SegmentPool segments;
  LeaseQueue leases;
  ArenaQueue<void*> spare_regions;

  DomainNames* const domains = Arena::zeroed<DomainNames>();
  ScopeNames* const scopes = Arena::zeroed<ScopeNames>();
  BudgetTable* const budgets = Arena::zeroed<BudgetTable>();
  NameTable<kMostThreads, 24>* const threads = Arena::zeroed<NameTable<kMostThreads, 24>>();
  ModuleTable* const modules = Arena::zeroed<ModuleTable>();

  // Null unless asked for.
  StackCrosscheck* const crosscheck = options.crosscheck_stacks ? Arena::zeroed<StackCrosscheck>() : nullptr;

  // relaxed: only its sum with the cuts that the consolidator knows matters, when that equals the epoch. Advances that
  // no cut was queued for: tracing ended, or memory for the request could not be had.
  std::atomic<uint64_t> quiet_advances{0};

  // Calls that could not even be counted in a ring: no thread or nesting level could be given one, tracing ended over
  // them, or they named a domain or scope that is none. Not 0 = not exact.
  std::atomic<uint64_t> unrecorded{0};

  // Last, and at the start of a cache line: what CutState begins with shares the line, so that a cut writes one line.
  // The hooks read the epoch at every event.
  alignas(64) Epoch epoch;
};

// This process's tracer; null until start() or attach(). Set once, before tracing() can be true.
[[gnu::visibility("hidden")]] extern RecordingState* g_recording;

}  // namespace heapreel::engine
