// Blocks that are memory of another allocator: what a pool took from malloc, and hands out in pieces of a domain of its
// own. There are few, and all of them are looked at in every round.
//
// A block's id is given out anew only in a later round than that of its death, so that to look once a round misses none.
//
// Owner: the holder of the consolidation lock.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/memory/growing_table.h"
#include "engine/memory/versioned_array.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

struct Heap {
  BlockId block;
  DomainIndex domain;  // that hands out its pieces

  friend auto operator<=>(const Heap&, const Heap&) = default;
};

// Heaps of a frozen state, ascending by block and domain.
struct alignas(64) HeapPage {
  static constexpr uint32_t kHeaps = 8;

  Heap heaps[kHeaps];  // block 0: none, and none behind it

  friend bool operator==(const HeapPage&, const HeapPage&) = default;
};

class HeapList {
 public:
  static constexpr uint32_t kMost = 1 << 20;

  HeapList(StoreClock& clock, PagePool& nodes, RangePool& ranges)
      : clock_(clock), heaps_(ranges), noted_(ranges), frozen_(clock, pages_, nodes, ranges) {}

  // False when address space is spent.
  bool open() { return frozen_.open(kMost / HeapPage::kHeaps); }

  // The block, which may be born in a ring that this round has not come to, is a heap of the domain. Where memory is spent
  // the store's clock says so.
  void note(BlockId block, DomainIndex domain, uint64_t address);

  // When all events of a round are applied. is_live(block): now; is_at(block, address): and begins there.
  template <class IsLive, class IsAt>
  void end_round(IsLive&& is_live, IsAt&& is_at) {
    if (count_ == 0 && noted_count_ == 0) return;
    Heap* const end =
        std::remove_if(heaps_.data(), heaps_.data() + count_, [&](const Heap& heap) { return !is_live(heap.block); });
    const auto kept = static_cast<uint32_t>(end - heaps_.data());
    changed_ = changed_ || kept != count_;
    count_ = kept;
    if (noted_count_ != 0) take_noted(is_at);
  }

  FrozenArray<HeapPage> freeze();

  uint64_t current_bytes() const { return pages_.current_bytes() + frozen_.table_bytes() + table_bytes_; }
  uint64_t retired_bytes() const { return pages_.retired_bytes(); }
  void clear();

 private:
  struct Noted {
    uint64_t address;
    BlockId block;
    DomainIndex domain;
  };

  template <class IsAt>
  void take_noted(IsAt&& is_at) {
    const uint32_t noted = noted_count_;
    noted_count_ = 0;
    if (!make_room(heaps_, count_ + noted)) return;
    for (uint32_t place = 0; place < noted; ++place) {
      const Noted& heap = noted_[place];
      // A block that was freed in the round in which it became a heap was not a heap at any cut.
      if (is_at(heap.block, heap.address)) heaps_[count_++] = {heap.block, heap.domain};
    }
    std::sort(heaps_.data(), heaps_.data() + count_);
    count_ = static_cast<uint32_t>(std::unique(heaps_.data(), heaps_.data() + count_) - heaps_.data());
    changed_ = true;
  }
  template <class T>
  bool make_room(GrowingTable<T>& table, uint32_t count) {
    const uint32_t before = table.room();
    if (count > kMost || !table.make_room(count)) {
      clock_.exhausted = true;
      return false;
    }
    const uint64_t bytes = (table.room() - before) * sizeof(T);
    table_bytes_ += bytes;
    StoreMemory::account(static_cast<ptrdiff_t>(bytes));
    return true;
  }

  StoreClock& clock_;
  PagePool pages_{sizeof(HeapPage)};
  GrowingTable<Heap> heaps_;  // sorted
  GrowingTable<Noted> noted_;
  VersionedArray<HeapPage> frozen_;
  uint32_t count_ = 0;
  uint32_t noted_count_ = 0;  // in this round
  uint32_t frozen_pages_ = 0;
  uint64_t table_bytes_ = 0;
  bool changed_ = false;  // since the last freeze
};

}  // namespace heapreel::engine
