// A check of a snapshot against the allocator's own list of blocks.
//
// While no thread allocates or frees, every block that mimalloc holds must be in the snapshot, every trace must be a
// block that mimalloc holds, and no trace may reach beyond its block:
//
//   const Reconciliation result = heapreel::reconcile();
//   if (!result.is_clean()) ...
//
// Limits:
// - mimalloc 2 can walk only the heap of the calling thread. reconcile() checks that one. To check several threads,
//   each walks its own heap, and one call compares all walks.
// - Between the first walk and the snapshot no walked thread may allocate or free. Allocate the memory in which you
//   keep the walks before that. The same holds between a walk for `untraced` and start().
// - heapreel does not trace what it allocates itself, such as earlier snapshots and their statistics. On a walked
//   thread such blocks count as missing, unless a walk for `untraced` has them.
// - Blocks that another thread freed and their owner has not collected yet count as freed, because the walk collects
//   them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heapreel/export.h>
#include <heapreel/snapshot.h>

namespace heapreel {

// One block, as the allocator has it.
struct HeldBlock {
  uint64_t address = 0;
  uint64_t bytes = 0;  // the usable size, which is at least the requested one
};

// The blocks that one thread's heap holds.
class HEAPREEL_API HeapWalk {
 public:
  // The blocks of the calling thread's heap now. The returned list is itself one of these blocks. Throws
  // std::runtime_error when the heap cannot be walked: in a program without libheapreel, and over an allocator other
  // than mimalloc.
  static HeapWalk of_this_thread();

  const std::vector<HeldBlock>& blocks() const { return blocks_; }
  uint64_t thread() const { return thread_; }  // the kernel's id of the thread

 private:
  std::vector<HeldBlock> blocks_;
  uint64_t thread_ = 0;
};

struct HEAPREEL_API Reconciliation {
  static constexpr size_t kMostExamples = 16;

  uint64_t held = 0;         // blocks that the walked heaps hold
  uint64_t matched = 0;      // of those, the blocks that are in the snapshot
  uint64_t untraced = 0;     // of those, the blocks that are not in the snapshot, but were there before tracing began
  uint64_t missing = 0;      // of those, all others: the snapshot should have them
  uint64_t ghosts = 0;       // traces of walked threads that no walked heap holds
  uint64_t wrong_sized = 0;  // matched traces that reach beyond their block
  uint64_t not_walked = 0;   // traces of other threads that no walked heap holds; the check says nothing about them

  // The first of each kind, at most kMostExamples.
  std::vector<HeldBlock> missing_blocks;
  std::vector<Trace> ghost_traces;
  std::vector<Trace> wrong_sized_traces;

  bool is_clean() const { return missing == 0 && ghosts == 0 && wrong_sized == 0; }
};

// Compares the traces of malloc and new in `snapshot` with `walks`, which were made while nothing was allocated or
// freed, up to the snapshot. `untraced` are walks of the same threads from the moment before tracing began.
HEAPREEL_API Reconciliation reconcile(const Snapshot& snapshot, std::span<const HeapWalk> walks,
                                      std::span<const HeapWalk> untraced = {});

// The same for the calling thread's heap as of this call. Throws as take_snapshot() and HeapWalk do.
HEAPREEL_API Reconciliation reconcile(std::span<const HeapWalk> untraced = {});

}  // namespace heapreel
