// Interned call stacks: equal stacks have one id. Append-only; entries below a count that was published with a
// snapshot never change, so readers need no lock.
//
// A new stack keeps only the frames by which it differs from the stack before it. The others, its outermost ones, are a
// link to the stack that keeps them:
//     main a b c d e f       keeps 7 frames
//     main a b c d e g h     keeps h g e d: what is shared is a multiple of four frames
//     main a b c x           keeps x, and links to the first one
// So each link that is followed leads to four frames or more, and the cost of reading a stack follows its depth.
#pragma once

#include <cstdint>

#include "engine/memory/page_pool.h"
#include "engine/memory/stable_table.h"
#include "engine/store/intern_index.h"
#include "engine/store/records.h"
#include "engine/unwind/module_table.h"

namespace heapreel::engine {

class TracebackTable {
 public:
  // `modules` tells stacks of equal addresses apart; without it (null) they are equal.
  explicit TracebackTable(RangePool& ranges, const ModuleTable* modules = nullptr)
      : modules_(modules), bodies_(ranges), index_(ranges), chunks_(ranges) {}

  // Makes the two entries that stand for a missing traceback. False when memory is spent.
  bool open();

  // The id of a stack that was captured when `known_modules` modules were known. Two stacks are equal when their frames
  // are, and the frames' code is of the same modules. `near`, which may be any number, is a stack that probably shares
  // outer frames with it: the one that the same thread had before. kUnknownTraceback, and `exhausted()`, when memory is
  // spent.
  TracebackId intern(const uint64_t* pcs, uint32_t depth, uint32_t total_depth, bool reached_bottom, bool approximate,
                     uint32_t known_modules = 0, TracebackId near = kUnknownTraceback);

  uint32_t count() const { return count_; }
  uint64_t bytes_in_use() const {
    return chunk_pool_.bytes_in_use() + (count_ + chunk_count_) * sizeof(uint32_t) + index_.bytes_in_use();
  }
  bool exhausted() const { return exhausted_; }
  const StoredTraceback* at(TracebackId id) const { return body(bodies_[id]); }

  // Calls `visit(const uintptr_t* pcs, uint32_t count)` for runs of frames, the most recent ones first.
  template <class Visit>
  void for_each_run(const StoredTraceback& traceback, Visit&& visit) const {
    const StoredTraceback* at = &traceback;
    for (uint32_t left = traceback.depth;;) {
      const uint32_t from = at->depth - left;
      const uint32_t count = at->own - from;
      if (count != 0) visit(at->own_pcs() + from, count);
      left -= count;
      if (left == 0) return;
      at = body(at->outer);
    }
  }
  // Writes its depth() program counters, most recent first.
  void copy_pcs(const StoredTraceback& traceback, uintptr_t* pcs) const {
    for_each_run(traceback, [&pcs](const uintptr_t* run, uint32_t count) {
      for (uint32_t frame = 0; frame < count; ++frame) *pcs++ = run[frame];
    });
  }

  // Forgets all tracebacks. There may be no reader any more. Call open() before the next use.
  void clear();

 private:
  // Where a stored traceback is: the chunk, and the word in it.
  using Place = uint32_t;
  static constexpr int kWordBits = 11;
  static constexpr uint32_t kChunkWords = 1u << kWordBits;
  static constexpr uint32_t kBodyWords = sizeof(StoredTraceback) / sizeof(uint64_t);
  // Frames are shared in multiples of this.
  static constexpr uint32_t kSharedFrames = 4;

  const StoredTraceback* body(Place place) const { return const_cast<TracebackTable*>(this)->body(place); }
  StoredTraceback* body(Place place) {
    auto* words = static_cast<uint64_t*>(Arena::at(chunks_[place >> kWordBits]));
    return reinterpret_cast<StoredTraceback*>(words + place % kChunkWords);
  }
  bool is_equal(const StoredTraceback& stored, const uint64_t* pcs) const;
  // How many outermost frames the stack can share with `near`.
  uint32_t shared_frames(const StoredTraceback& near, const uint64_t* pcs, uint32_t depth) const;
  // Makes room for a traceback with `own` frames of its own; null when memory is spent.
  StoredTraceback* append(uint32_t own);

  const ModuleTable* modules_;
  StableTable<Place> bodies_;
  uint32_t count_ = 0;
  bool exhausted_ = false;
  InternIndex index_;
  PagePool chunk_pool_{kChunkWords * sizeof(uint64_t)};
  StableTable<ArenaRef> chunks_;
  uint32_t chunk_count_ = 0;
  uint32_t chunk_used_ = kChunkWords;  // words of the last chunk
};

}  // namespace heapreel::engine
