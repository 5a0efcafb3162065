// Everything one thread needs to record, on one nesting level. Lives in the arena; all-zero memory is a valid start.
//
// Ownership: fields are the owning thread's unless said otherwise. A dead thread's recorder is adopted by a later
// thread, ring, lease and all (thread_recorder.cc); the ring's positions go on.
//
// Sync edges:
//   [recorder.inside]  inside: release in leave -> acquire by the consolidator, which frees a closed generation's
//                      maps only when no hook can be reading them (with a process fence in between), and by a thread
//                      that adopts the recorder.
//   [recorder.owner]   is_inheritable: release in make -> acquire in adopt. Carries the claim, which orders the rest: a
//                      dead owner's writes are visible to whoever inherits from it.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/crosscheck/stack_crosscheck.h"
#include "engine/memory/owner_claim.h"
#include "engine/record/generation.h"
#include "engine/record/traceback_cache.h"
#include "engine/record/tracer_options.h"
#include "engine/ring/block_lease.h"
#include "engine/ring/event_ring.h"
#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {

enum class StackMode : uint8_t {
  kWalk,
  kCrosscheck,  // walk, and compare with other unwinders' stacks: TracerOptions::crosscheck_stacks
  kGiveUp,      // overload: decided once a segment
};

struct Recorder {
  EventRing ring;

  // Read and written at every event.
  enum Inside : uint32_t {
    kOutside,
    kInHook,  // a hook is running on this level
    // Its thread works for heapreel (engine::UntracedScope); hooks that run meanwhile are on a level of their own.
    kInUntracedScope,
  };
  alignas(64) std::atomic<uint32_t> inside{kOutside};
  uintptr_t hook_sp = 0;  // stack pointer of the hook that is or was last inside
  StackMode stack_mode = StackMode::kWalk;
  bool is_nested = false;
  // A level for hooks that run while the thread works for heapreel: births are not recorded, and untracked frees are not
  // counted against the program.
  bool is_untraced_scope = false;
  uint64_t tag = 0;
  Generation* generation = nullptr;
  uint32_t generation_number = 0;  // tells a generation from a later one that lies in the same place
  BlockMap* malloc_map = nullptr;  // the generation's map of domain 0
  DenseMap* dense_map = nullptr;   // the generation's, or null
  LeasedBlocks lease;
  uint32_t traceback_limit = 0;
  uint32_t thread_index = 0;
  uint32_t module_generation = 0;  // that `tracebacks` were captured in

  // relaxed at both ends: a statistic with a single writer.
  std::atomic<uint64_t> untracked_frees{0};
  uint32_t stray_frees_told = 0;  // of these, with their stacks

  // What the consolidator was told last.
  bool announced = false;  // of the owner and its scope, anything
  uint32_t scope = 0;      // name of the allocations' scope

  std::atomic<bool> is_inheritable{false};  // `owner` says whether its thread still lives
  OwnerClaim owner;
  Recorder* nested = nullptr;                              // the next level, for hooks inside hooks or untraced scopes
  StackCrosscheck::Scratch* crosscheck_scratch = nullptr;  // once there was something to compare

  TracebackCache tracebacks;
  StackWalker walker;
  uintptr_t pcs[TracerOptions::kMaxTracebackLimit];
};

}  // namespace heapreel::engine
