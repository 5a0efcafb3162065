// What the hooks of all threads share, at a known place of the arena. The tracer's whole state is built on it in steps,
// each in the folder that needs it: RecordingState, then CutState (cut/), then TracerState (consolidate/).
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
#include "engine/memory/epoch.h"
#include "engine/memory/handover.h"
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

using ThreadNames = NameTable<kMostThreads, 24>;

// Whole pages, as large as the processor's kernels have them.
#if defined(__aarch64__)
inline constexpr size_t kConstantsBytes = size_t{64} << 10;
#else
inline constexpr size_t kConstantsBytes = size_t{4} << 10;
#endif

class Consolidator;

using SpareRegions = Handover<void*, 1 << 15>;
using SpareGenerations = Handover<Generation*, 1 << 12>;

// What is settled before anything is recorded, on pages of its own. From then on the program can only read these pages,
// so that no wild write changes them. A consolidating process uses a copy that it made, and checked once, when it
// attached (is_sound()).
struct alignas(kConstantsBytes) RecordingConstants {
  static constexpr uint64_t kVersion = 9;

  // `layout_of_all` distinguishes builds that have the same kVersion: see TracerState::this_layout.
  RecordingConstants(const TracerOptions& from, uint64_t layout_of_all) : layout(layout_of_all), options(from) {}

  // Only these two may be read before it is known that the same build made them.
  const uint64_t version = kVersion;
  const uint64_t layout;

  const TracerOptions options;
  uint32_t process_id = 0;
  bool consolidated_elsewhere = false;  // by another process: threads here do not lend it their time
  uint64_t started_wall_ns = 0;
  uint64_t started_monotonic_ns = 0;
  Consolidator* consolidator = nullptr;  // in the consolidating process

  RingRegistry* const rings = Arena::zeroed<RingRegistry>();
  SegmentPool* const segments = Arena::zeroed<SegmentPool>();
  LeaseQueue* const leases = Arena::zeroed<LeaseQueue>();
  SpareRegions* const spare_regions = Arena::zeroed<SpareRegions>();
  SpareGenerations* const spare_generations = Arena::zeroed<SpareGenerations>();

  DomainNames* const domains = Arena::zeroed<DomainNames>();
  ScopeNames* const scopes = Arena::zeroed<ScopeNames>();
  BudgetTable* const budgets = Arena::zeroed<BudgetTable>();
  ThreadNames* const threads = Arena::zeroed<ThreadNames>();
  ModuleTable* const modules = Arena::zeroed<ModuleTable>();

  // Null unless TracerOptions::crosscheck_stacks is set.
  StackCrosscheck* const crosscheck = options.crosscheck_stacks ? Arena::zeroed<StackCrosscheck>() : nullptr;

  // Whether the arena had room for everything, and every pointer leads into the part of the arena that is shared.
  bool is_sound() const {
    return Arena::holds(rings) && Arena::holds(segments) && Arena::holds(leases) && Arena::holds(spare_regions) &&
           Arena::holds(spare_generations) && Arena::holds(domains) && Arena::holds(scopes) && Arena::holds(budgets) &&
           Arena::holds(threads) && Arena::holds(modules) &&
           (options.crosscheck_stacks ? Arena::holds(crosscheck) : crosscheck == nullptr);
  }
};

struct RecordingState : RecordingConstants {
  RecordingState(const TracerOptions& from, uint64_t layout_of_all) : RecordingConstants(from, layout_of_all) {
    if (segments != nullptr) segments->begin(from.ring_budget);
  }

  // Hooks read it when their tag changes, and so do cut-takers. It is the first member that is written while the
  // program runs.
  alignas(kConstantsBytes) std::atomic<Generation*> generation{nullptr};
  std::atomic<EndReason> ended{EndReason::kNotEnded};

  // relaxed: a level. The consolidating process sets it when it sees that the program lowered its limit of address
  // space where no hook was told: bytes that the arena may keep. The next hook takes the value and acts on it.
  std::atomic<uint64_t> most_kept{UINT64_MAX};

  // relaxed: it matters only whether its sum with the cuts that the consolidator knows of equals the epoch. It counts
  // advances of the epoch for which no cut was queued: tracing ended, or there was no memory for the request.
  std::atomic<uint64_t> quiet_advances{0};

  // Calls that could not even be counted in a ring: there was no recorder for the thread or nesting level, tracing
  // ended during the call, or the call named a domain or scope that does not exist. When it is not 0, the record is not
  // exact.
  std::atomic<uint64_t> unrecorded{0};

  // It comes last, at the start of a cache line, which it shares with the first members of CutState, so that a cut
  // writes one line. Hooks read the epoch at every event.
  alignas(64) Epoch epoch;
};

// This process's tracer; null until start() or attach(). Set once, before tracing() can be true.
[[gnu::visibility("hidden")]] extern RecordingState* g_recording;

}  // namespace heapreel::engine
