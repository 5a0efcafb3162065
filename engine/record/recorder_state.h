// Everything that one thread needs to record, on one nesting level. It lies in the arena; memory that is all zero is a
// valid start.
//
// A field belongs to the owning thread unless said otherwise. A later thread adopts a dead thread's recorder with its
// ring and lease (thread_recorder.cc); the ring's positions go on.
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
  kGiveUp,      // stacks are given up because of overload: decided once for each segment
};

struct Recorder {
  EventRing ring;

  // Read and written at every event.
  enum Inside : uint32_t {
    kOutside,
    kInHook,  // a hook is running on this level
    // The thread works for heapreel (engine::UntracedScope). Hooks that run meanwhile use a level of their own.
    kInUntracedScope,
  };
  alignas(64) std::atomic<uint32_t> inside{kOutside};
  uintptr_t hook_sp = 0;  // stack pointer of the hook that is inside now, or was last
  StackMode stack_mode = StackMode::kWalk;
  bool is_nested = false;
  // A level for hooks that run while the thread works for heapreel: allocations are not recorded, and untracked frees
  // do not count as the program's.
  bool is_untraced_scope = false;
  uint64_t tag = 0;
  Generation* generation = nullptr;
  uint32_t generation_number = 0;  // tells a generation from a later one in the same memory
  BlockMap* malloc_map = nullptr;  // the generation's map of domain 0
  DenseMap* dense_map = nullptr;   // the generation's, or null
  LeasedBlocks lease;
  uint32_t traceback_limit = 0;
  uint32_t thread_index = 0;
  uint32_t module_generation = 0;  // the one in which `tracebacks` were captured

  // relaxed at both ends: a statistic with a single writer.
  std::atomic<uint64_t> untracked_frees{0};
  uint32_t stray_frees_told = 0;  // how many of these were told with their stacks

  // What the consolidator was last told about this recorder.
  bool announced = false;  // whether the owner and its scope were announced at all
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
