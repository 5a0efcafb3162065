// Which frozen states are still in use, and which pages are kept only for them.
//
// The interval rule: a page that was current from freeze `born` until it was replaced at `died` may be reused once no
// pinned epoch e has born <= e < died. A page is retired into the bucket of the newest pinned epoch that sees it. When
// that epoch is unpinned, the page becomes free, or moves to the bucket of the next older epoch that sees it. So a
// snapshot that is held for a minute keeps only what it sees, and not all that was replaced in that minute.
//
// Owner: the holder of the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/memory/growing_table.h"
#include "engine/memory/page_pool.h"

namespace heapreel::engine {

using StoreEpoch = uint32_t;  // counts freezes; 0 = before the first
// At this number tracing ends, and the record says so. The remaining numbers are for snapshots that are taken after
// that.
inline constexpr uint32_t kMostCounted = UINT32_MAX - (1u << 24);

class LiveSnapshots {
 public:
  explicit LiveSnapshots(RangePool& ranges) : pins_(ranges) {}

  // The newest pinned epoch; 0 when none is. Pages born later may be written in place.
  StoreEpoch newest() const { return newest_; }
  uint32_t count() const { return count_; }

  // `epoch` is newer than all pinned ones. False when address space is spent.
  bool pin(StoreEpoch epoch);
  void unpin(StoreEpoch epoch);

  // To be called when `page` of `pool`, which was made at epoch `born` <= newest(), has just been replaced. False when
  // memory is used up: then the page is kept.
  bool retire(PagePool& pool, ArenaRef page, StoreEpoch born);

  uint64_t bytes_in_use() const { return chunks_.bytes_in_use(); }

  // Forgets everything; for a store whose pages are given back in bulk.
  void reset();

 private:
  struct Retired {
    PagePool* pool;
    ArenaRef page;
    StoreEpoch born;
  };
  struct Chunk {
    static constexpr uint32_t kMost = 255;
    ArenaRef older;
    uint32_t count;
    uint64_t unused;
    Retired pages[kMost];
  };
  static_assert(sizeof(Chunk) == 4096);
  struct Pin {
    StoreEpoch epoch;
    ArenaRef retired;  // chunks of pages for which this is the newest epoch that sees them
  };

  bool add(Pin& pin, const Retired& page);

  GrowingTable<Pin> pins_;  // ascending by epoch
  uint32_t count_ = 0;
  StoreEpoch newest_ = 0;
  PagePool chunks_{sizeof(Chunk)};
};

}  // namespace heapreel::engine
