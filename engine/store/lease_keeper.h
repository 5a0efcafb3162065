// Which record pages can be leased again. A page is offered when all slots of its last lease have been used and at
// least a quarter of the page is free. The newest pages come first, so that short-lived blocks stay on few pages.
//
// A thread that finds no lease in the queue takes a page that was never used. So the queue holds as many as were ever
// wanted between two rounds: it grows when threads found it empty while pages were withheld, and never shrinks. The
// pages that are known are then those with live blocks, those of events on their way (the ring budget bounds them), and
// as many again.
#pragma once

#include <cstdint>

#include "engine/memory/growing_table.h"
#include "engine/memory/handover.h"
#include "engine/memory/live_snapshots.h"
#include "engine/ring/block_lease.h"
#include "engine/store/records.h"

namespace heapreel::engine {

using LeaseQueue = Handover<BlockLease, 1 << 16>;

// Owner: the holder of the consolidation lock.
class LeaseKeeper {
 public:
  static constexpr uint32_t kLeastFree = kBlocksPerPage / 4;

  // Where a page's blocks are written. Owner: the trace store, which updates it with its arrays of pages. It lies
  // here, beside the page's counts of slots, because each event on a block needs both: so they share a cache line.
  struct Writing {
    Record* records = nullptr;  // null: the page has no records
    uint64_t* live = nullptr;   // the bits of this page
    StoreEpoch born = 0;        // both may be written in place while this is later than every pinned epoch
    StoreEpoch live_born = 0;   // the same of the bits alone
  };

  explicit LeaseKeeper(RangePool& ranges) : pages_(ranges), free_pages_(ranges) {}

  // Makes the pages below `count` known. False when the address space is used up.
  bool make_room(uint32_t count) {
    if (count <= end_) return true;
    if (!pages_.make_room(count) || !free_pages_.make_room(count)) return false;
    StoreMemory::account(static_cast<ptrdiff_t>(count - end_) * kEntryBytes);
    end_ = count;
    return true;
  }
  uint32_t room() const { return end_; }

  // The page must be known.
  Writing& writing(uint32_t page) { return pages_[page].writing; }
  const Writing& writing(uint32_t page) const { return pages_[page].writing; }

  // The page must be known. False, and nothing changes, when no slot of the page is leased.
  bool on_alloc(BlockId id) {
    PageState& page = pages_[id >> kPageShift];
    if (page.place != Place::kInUse) [[unlikely]] {
      if (page.place == Place::kListed) return false;
      begin_use(page);
    }
    if (page.out <= 1) [[unlikely]]
      return use_last(page, id >> kPageShift);
    --page.out;
    return true;
  }

  // True when the page has no live block any more and no thread uses it: its records need no memory until the next
  // birth there.
  bool on_free(BlockId id) {
    PageState& page = pages_[id >> kPageShift];
    ++page.free;
    if (page.place == Place::kInUse) {
      if (page.out != 0 || page.free < kLeastFree) return false;
      list(id >> kPageShift);
    }
    return page.out + page.free == kBlocksPerPage;
  }

  // Fills the queue up with free pages; `live_of(page, bits[2])` tells which of a page's blocks live.
  template <class LiveOf>
  void offer(LeaseQueue& queue, uint32_t generation, LiveOf&& live_of);

  uint64_t bytes_in_use() const { return uint64_t{end_} * kEntryBytes; }

  // Prefetches what events on `id` will need.
  void prefetch(BlockId id) const {
    if (id >> kPageShift >= end_) return;
    const Writing& writing = pages_[id >> kPageShift].writing;
    __builtin_prefetch(writing.live, 1);
    // For a page that was not written to since the last freeze this address is out of date, and the prefetch does no
    // harm.
    const uintptr_t record =
        reinterpret_cast<uintptr_t>(writing.records) + id % kBlocksPerPage * sizeof *writing.records;
    __builtin_prefetch(reinterpret_cast<const void*>(record), 1);
  }

  void clear();

 private:
  enum class Place : uint8_t {
    kUnknown,
    kInUse,    // an ALLOC has used a slot of its lease; or it is used up, and too little of it is free
    kListed,   // on `free_pages_`
    kOffered,  // in the queue, or with a thread that has allocated nothing on it yet
  };
  struct PageState {
    Writing writing;
    uint8_t out;   // slots leased and not yet seen in an ALLOC
    uint8_t free;  // slots that are neither live nor leased
    Place place;
    uint8_t unused[5];
  };

  static constexpr ptrdiff_t kEntryBytes = sizeof(PageState) + sizeof(uint32_t);  // and its place in `free_pages_`

  [[gnu::noinline]] static void begin_use(PageState& page) {
    if (page.place == Place::kUnknown) page.out = kBlocksPerPage;  // a page's first lease covers all of it
    page.place = Place::kInUse;
  }

  [[gnu::noinline]] bool use_last(PageState& page, uint32_t index) {
    if (page.out == 0) return false;
    page.out = 0;
    if (page.free >= kLeastFree) list(index);
    return true;
  }

  [[gnu::noinline]] void list(uint32_t page) {
    pages_[page].place = Place::kListed;
    free_pages_[free_count_++] = page;
  }

  GrowingTable<PageState> pages_;
  GrowingTable<uint32_t> free_pages_;  // a stack: the newest on top
  uint32_t free_count_ = 0;
  uint32_t end_ = 0;       // pages known
  uint32_t wanted_ = 8;    // how many the queue should hold
  bool withheld_ = false;  // the last offer() left pages on `free_pages_`
};

template <class LiveOf>
void LeaseKeeper::offer(LeaseQueue& queue, uint32_t generation, LiveOf&& live_of) {
  constexpr uint32_t kMost = 1u << (32 - kPageShift);  // all pages
  const uint32_t queued = queue.count();
  if (queued == 0 && withheld_ && wanted_ < kMost) wanted_ *= 2;
  const uint32_t missing = queued < wanted_ ? wanted_ - queued : 0;
  const uint32_t first = free_count_ - (missing < free_count_ ? missing : free_count_);
  // Pages that are put there last are taken first.
  uint32_t at = first;
  for (; at < free_count_; ++at) {
    const uint32_t index = free_pages_[at];
    PageState& page = pages_[index];
    uint64_t live[2];
    live_of(index, live);
    const BlockLease lease{.generation = generation, .page = index, .free = {~live[0], ~live[1]}};
    if (!queue.put(lease)) break;
    page.out = page.free;
    page.free = 0;
    page.place = Place::kOffered;
  }
  const uint32_t kept = free_count_ - at;
  for (uint32_t place = 0; place < kept; ++place) free_pages_[first + place] = free_pages_[at + place];
  free_count_ = first + kept;
  withheld_ = free_count_ > 0;
}

}  // namespace heapreel::engine
