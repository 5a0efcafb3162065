// The certificate: a snapshot against the allocator's own books.
//
// At a quiet point every block that mimalloc holds is in the snapshot, every trace is a block that mimalloc holds, and
// none reaches beyond its block:
//
//   const Reconciliation result = heapreel::reconcile();
//   if (!result.is_clean()) ...
//
// Limits. mimalloc 2 can walk the heap of the calling thread only: reconcile() certifies that one, and several threads
// walk theirs and compare together. Between the first walk and the snapshot no walked thread may allocate or free: what
// keeps the walks must have its room before. The same holds between a walk for `untraced` and start().
// What heapreel itself allocated on a walked thread, earlier snapshots and their statistics, is not traced: it counts
// as missing where no walk for `untraced` has it. Blocks that another thread freed but its owner has not collected yet
// count as freed: the walk collects them.
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
  uint64_t bytes = 0;  // that may be used, not those asked for
};

// The blocks that one thread's heap holds.
class HEAPREEL_API HeapWalk {
 public:
  // Of the calling thread, now. The list itself is one of its blocks. Throws std::runtime_error where the allocator's
  // heap cannot be walked: in a program without libheapreel, and over an allocator other than mimalloc.
  static HeapWalk of_this_thread();

  const std::vector<HeldBlock>& blocks() const { return blocks_; }
  uint64_t thread() const { return thread_; }  // kernel's id of the thread

 private:
  std::vector<HeldBlock> blocks_;
  uint64_t thread_ = 0;
};

struct HEAPREEL_API Reconciliation {
  static constexpr size_t kMostExamples = 16;

  uint64_t held = 0;         // blocks of the walked heaps
  uint64_t matched = 0;      // of those, in the snapshot
  uint64_t untraced = 0;     // of those, not in the snapshot, and held already before tracing began
  uint64_t missing = 0;      // of those, neither
  uint64_t ghosts = 0;       // traces by a walked thread that no walked heap holds
  uint64_t wrong_sized = 0;  // matched ones that reach beyond their block
  uint64_t not_walked = 0;   // traces by other threads that no walked heap holds: nothing is said about them

  std::vector<HeldBlock> missing_blocks;  // the first of each, at most kMostExamples
  std::vector<Trace> ghost_traces;
  std::vector<Trace> wrong_sized_traces;

  bool is_clean() const { return missing == 0 && ghosts == 0 && wrong_sized == 0; }
};

// Of malloc's domain. `walks` are those of one quiet point, which the snapshot is of too; `untraced` those of the
// moment before tracing began, of the same threads.
HEAPREEL_API Reconciliation reconcile(const Snapshot& snapshot, std::span<const HeapWalk> walks,
                                      std::span<const HeapWalk> untraced = {});

// The calling thread's heap as of this call. Throws as take_snapshot() and HeapWalk do.
HEAPREEL_API Reconciliation reconcile(std::span<const HeapWalk> untraced = {});

}  // namespace heapreel
