// Which record pages can be leased again. A page is given out when all its slots of the last lease have been used and
// at least a quarter of it is free; newest first, so that short-lived blocks stay on few pages.
// Owner: the holder of the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/memory/arena_queue.h"
#include "engine/memory/growing_table.h"
#include "engine/ring/block_lease.h"

namespace heapreel::engine {

using LeaseQueue = ArenaQueue<BlockLease>;

class LeaseKeeper {
 public:
  static constexpr uint32_t kLeastFree = kBlocksPerPage / 4;

  explicit LeaseKeeper(RangePool& ranges) : pages_(ranges), free_pages_(ranges) {}

  // For pages below `count`. False when address space is spent.
  bool make_room(uint32_t count) { return pages_.make_room(count) && free_pages_.make_room(count); }
  uint32_t room() const { return pages_.room(); }

  // There is room for its page.
  void on_alloc(BlockId id) {
    PageState& page = pages_[id >> kPageShift];
    // A page's first lease covers all of it.
    if (!page.known) [[unlikely]] {
      page = {.out = kBlocksPerPage, .free = 0, .known = true, .listed = false};
      if (id >> kPageShift >= end_) end_ = (id >> kPageShift) + 1;
    }
    --page.out;
    if (page.out == 0 && page.free >= kLeastFree) list(id >> kPageShift);
  }

  void on_free(BlockId id) {
    PageState& page = pages_[id >> kPageShift];
    ++page.free;
    if (page.out == 0 && page.free >= kLeastFree && !page.listed) list(id >> kPageShift);
  }

  // Tops the queue up with pages of `live_of(page, bits[2])`, about as many as were taken since the last call.
  template <class LiveOf>
  void offer(LeaseQueue& queue, moodycamel::ProducerToken& token, uint32_t generation, LiveOf&& live_of);

  uint64_t bytes_in_use() const { return end_ * sizeof(PageState) + free_count_ * sizeof(uint32_t); }

  void prefetch(BlockId id) const {
    if (id >> kPageShift < end_) __builtin_prefetch(&pages_[id >> kPageShift]);
  }

  void clear();

 private:
  struct PageState {
    uint8_t out;   // slots leased and not yet seen in an ALLOC
    uint8_t free;  // slots neither live nor out
    bool known;
    bool listed;  // on `free_pages_`
  };

  void list(uint32_t page) {
    pages_[page].listed = true;
    free_pages_[free_count_++] = page;
  }

  GrowingTable<PageState> pages_;
  GrowingTable<uint32_t> free_pages_;  // a stack: the newest on top
  uint32_t free_count_ = 0;
  uint32_t end_ = 0;     // pages known
  uint32_t wanted_ = 8;  // how many the queue should hold
};

template <class LiveOf>
void LeaseKeeper::offer(LeaseQueue& queue, moodycamel::ProducerToken& token, uint32_t generation, LiveOf&& live_of) {
  constexpr uint32_t kFewest = 8;
  constexpr uint32_t kMost = 4096;
  const auto queued = static_cast<uint32_t>(queue.size_approx());
  // An empty queue means that threads had to take fresh pages: hold more. A full one means too many are held.
  if (queued == 0) {
    wanted_ = wanted_ * 2 < kMost ? wanted_ * 2 : kMost;
  } else if (queued > wanted_ / 2 && wanted_ > kFewest) {
    wanted_ -= wanted_ / 16 + 1;
  }
  for (uint32_t held = queued; held < wanted_ && free_count_ > 0; ++held) {
    const uint32_t index = free_pages_[--free_count_];
    PageState& page = pages_[index];
    uint64_t live[2];
    live_of(index, live);
    const BlockLease lease{.generation = generation, .page = index, .free = {~live[0], ~live[1]}};
    page.out = page.free;
    page.free = 0;
    page.listed = false;
    queue.enqueue(token, lease);
  }
}

}  // namespace heapreel::engine
