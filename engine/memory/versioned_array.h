// An array of pages that is frozen in constant time: the current pages hang in a flat table, the frozen ones in a radix
// tree whose path is copied on a write. A page is copied on its first write after a freeze, and only while a pinned
// snapshot can see it.
//
// Owner: the holder of the consolidation lock. Readers get a FrozenArray.
#pragma once

#include <cstring>

#include "engine/memory/frozen_array.h"
#include "engine/memory/growing_table.h"
#include "engine/memory/live_snapshots.h"

namespace heapreel::engine {

// What all arrays of one store have in common.
struct StoreClock {
  explicit StoreClock(RangePool& ranges) : horizon(ranges) {}

  StoreEpoch now = 1;  // pages that are made now are born at this epoch; a freeze has this epoch and then advances it
  uint64_t copied_bytes = 0;  // bytes copied on writes, with the tree's nodes
  bool exhausted = false;     // memory ran out: the store no longer takes events
  LiveSnapshots horizon;
};

template <class Page>
class VersionedArray {
  static_assert(sizeof(Page) % kArenaUnit == 0, "pages stand where an ArenaRef can name them");

 public:
  VersionedArray(StoreClock& clock, PagePool& pages, PagePool& nodes, RangePool& ranges)
      : clock_(clock), pages_(pages), nodes_(nodes), current_(ranges), dirty_(ranges) {}

  // Reserves room for at most `most` pages. False when the address space is used up.
  bool open(uint32_t most) {
    most_ = most;
    return make_room(1);
  }

  uint32_t most() const { return most_; }
  // From now on there is room for `most` pages. The pages that exist stay.
  void expect(uint32_t most) { most_ = most; }

  // Bytes of the flat table; pages and nodes are not included.
  uint64_t table_bytes() const { return end_ * (sizeof(Current) + sizeof(uint32_t)); }

  // The page as it is now; null where nothing was stored.
  const Page* read(uint32_t index) const {
    return index < end_ && current_[index].page > kGone ? static_cast<const Page*>(Arena::at(current_[index].page))
                                                        : nullptr;
  }

  // The epoch in which an existing page was made. A page that is newer than every pinned epoch may be written in place.
  StoreEpoch born(uint32_t index) const { return current_[index].born; }

  // The page to write to, made (all zero) or copied as needed. Null when memory or room is spent.
  Page* write(uint32_t index) {
    if (index < end_) [[likely]] {
      const Current& slot = current_[index];
      if (slot.born > clock_.horizon.newest()) [[likely]] {
        auto* page = static_cast<Page*>(Arena::at(slot.page));
        if (page == nullptr) __builtin_unreachable();  // so that callers need not check for null again
        return page;
      }
    }
    return write_slow(index);
  }

  // Gives up a page whose contents are no longer needed. Its memory goes back at once, or when the last pinned state
  // that sees it is given up. States that are frozen from now on have no page there, and the next write() makes a new
  // one.
  [[gnu::noinline]] void release(uint32_t index) {
    if (index >= end_ || current_[index].page <= kGone) return;
    Current& slot = current_[index];
    if (slot.born > clock_.horizon.newest()) {
      pages_.give_back(slot.page);
    } else {
      retire(pages_, slot.page, slot.born);
    }
    if (slot.born != clock_.now) dirty_[dirty_count_++] = index;
    slot = {kGone, 0};
  }

  // Freezes the current state, which is immutable while the current epoch is pinned. The cost follows the pages that
  // changed since the last freeze.
  FrozenArray<Page> freeze() {
    for (uint32_t i = 0; i < dirty_count_; ++i) {
      const uint32_t index = dirty_[i];
      Current& slot = current_[index];
      if (slot.page == kGone) {
        slot.page = 0;
        if (FrozenArray<Page>(root_, height_).page(index) == nullptr) continue;
      }
      if (!hang(index, slot.page)) clock_.exhausted = true;
    }
    dirty_count_ = 0;
    return {root_, height_};
  }

  // Gives back all pages and nodes. Nobody may see the tree any more, and LiveSnapshots must have been reset.
  void clear() {
    for (uint32_t index = 0; index < end_; ++index) {
      if (current_[index].page > kGone) pages_.give_back(current_[index].page);
      current_[index] = {};
    }
    StoreMemory::account(-static_cast<ptrdiff_t>(end_) * kEntryBytes);
    clear_nodes(root_, height_);
    root_ = 0;
    height_ = 0;
    end_ = 0;
    dirty_count_ = 0;
  }

 private:
  struct Current {
    ArenaRef page;
    StoreEpoch born;
  };
  // Stands for a page that was released; its entry is among the dirty ones. 0 means that there never was a page.
  static constexpr ArenaRef kGone = 1;
  static constexpr ptrdiff_t kEntryBytes = sizeof(Current) + sizeof(uint32_t);  // and its place in `dirty_`

  [[gnu::noinline]] Page* write_slow(uint32_t index) {
    if (index >= most_) {
      clock_.exhausted = true;
      return nullptr;
    }
    if (index >= end_ && !extend(index)) {
      clock_.exhausted = true;
      return nullptr;
    }
    Current& slot = current_[index];
    const ArenaRef fresh = pages_.take();
    if (fresh == 0) {
      clock_.exhausted = true;
      return nullptr;
    }
    auto* page = static_cast<Page*>(Arena::at(fresh));
    if (slot.page <= kGone) {
      std::memset(static_cast<void*>(page), 0, sizeof(Page));
    } else {
      std::memcpy(static_cast<void*>(page), Arena::at(slot.page), sizeof(Page));
      clock_.copied_bytes += sizeof(Page);
      retire(pages_, slot.page, slot.born);
    }
    // A page that was born now is noted once, because its place in the tree is out of date.
    if (slot.page != kGone && slot.born != clock_.now) dirty_[dirty_count_++] = index;
    slot = {fresh, clock_.now};
    return page;
  }

  bool make_room(uint32_t count) { return current_.make_room(count) && dirty_.make_room(count); }

  bool extend(uint32_t index) {
    if (!make_room(index + 1)) return false;
    StoreMemory::account(static_cast<ptrdiff_t>(index + 1 - end_) * kEntryBytes);
    end_ = index + 1;
    return true;
  }

  void retire(PagePool& pool, ArenaRef page, StoreEpoch born) {
    if (!clock_.horizon.retire(pool, page, born)) clock_.exhausted = true;
  }

  // Puts `page` at `index` of the tree, and copies the nodes on the way that a pinned snapshot can see.
  bool hang(uint32_t index, ArenaRef page) {
    while (height_ == 0 || index >> (RadixNode::kBits * height_) != 0) {
      const ArenaRef taller = make_node();
      if (taller == 0) return false;
      node(taller)->child[0] = root_;
      root_ = taller;
      ++height_;
    }
    ArenaRef* at = &root_;
    for (uint32_t level = height_; level > 0; --level) {
      if (!own(at)) return false;
      at = &node(*at)->child[index >> (RadixNode::kBits * (level - 1)) & (RadixNode::kFanOut - 1)];
    }
    *at = page;
    return true;
  }

  // Makes the node at `at` writable.
  bool own(ArenaRef* at) {
    if (*at == 0) {
      *at = make_node();
      return *at != 0;
    }
    if (node(*at)->born > clock_.horizon.newest()) return true;
    const ArenaRef fresh = nodes_.take();
    if (fresh == 0) return false;
    std::memcpy(node(fresh), node(*at), sizeof(RadixNode));
    clock_.copied_bytes += sizeof(RadixNode);
    retire(nodes_, *at, node(*at)->born);
    node(fresh)->born = clock_.now;
    *at = fresh;
    return true;
  }

  ArenaRef make_node() {
    const ArenaRef fresh = nodes_.take();
    if (fresh == 0) return 0;
    std::memset(node(fresh), 0, sizeof(RadixNode));
    node(fresh)->born = clock_.now;
    return fresh;
  }

  void clear_nodes(ArenaRef at, uint32_t level) {
    if (at == 0 || level == 0) return;
    for (ArenaRef child : node(at)->child) clear_nodes(child, level - 1);
    nodes_.give_back(at);
  }

  static RadixNode* node(ArenaRef at) { return static_cast<RadixNode*>(Arena::at(at)); }

  StoreClock& clock_;
  PagePool& pages_;
  PagePool& nodes_;
  GrowingTable<Current> current_;
  GrowingTable<uint32_t> dirty_;
  uint32_t dirty_count_ = 0;
  uint32_t end_ = 0;  // entries ever used
  uint32_t most_ = 0;
  ArenaRef root_ = 0;
  uint32_t height_ = 0;
};

}  // namespace heapreel::engine
