// Interned call stacks: equal stacks have one id. Append-only; entries below a count that was published with a
// snapshot never change, so readers need no lock.
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
  // `modules` tell stacks of equal addresses apart; without them (null) they are equal.
  explicit TracebackTable(RangePool& ranges, const ModuleTable* modules = nullptr)
      : modules_(modules), bodies_(ranges), index_(ranges) {}

  // Makes the two that are none. False when memory is spent.
  bool open();

  // A stack that was captured when `known_modules` had been met: equal to another if the frames are and their code is
  // of the same modules. kUnknownTraceback and `exhausted()` when memory is spent.
  TracebackId intern(const uint64_t* pcs, uint32_t depth, uint32_t total_depth, bool reached_bottom, bool approximate,
                     uint32_t known_modules = 0);

  uint32_t count() const { return count_; }
  uint64_t bytes_in_use() const { return chunks_.bytes_in_use() + count_ * sizeof(ArenaRef) + index_.bytes_in_use(); }
  bool exhausted() const { return exhausted_; }
  const StoredTraceback* at(TracebackId id) const {
    return static_cast<const StoredTraceback*>(Arena::at(bodies_[id]));
  }

  // Forgets all tracebacks. No reader may be left. Call open() before the next use.
  void clear();

 private:
  static constexpr uint32_t kChunkBytes = 16 << 10;

  StoredTraceback* append(uint32_t depth);

  const ModuleTable* modules_;
  StableTable<ArenaRef> bodies_;
  uint32_t count_ = 0;
  bool exhausted_ = false;
  InternIndex index_;
  PagePool chunks_{kChunkBytes};
  ArenaRef chunk_ = 0;  // being filled; each chunk's first word is the one before it
  uint32_t chunk_used_ = kChunkBytes;
};

}  // namespace heapreel::engine
