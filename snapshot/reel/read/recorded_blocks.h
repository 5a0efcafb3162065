// The live blocks of one still, by block id.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <heapreel/errors.h>

#include "snapshot/model/trace_set.h"
#include "snapshot/reel/format/recorded_change.h"
#include "snapshot/reel/read/page_slabs.h"

namespace heapreel {

// In files that heapreel writes, ids are dense, so that pages hang in a flat directory. In other files they need not
// be: memory is bounded.
//
// A copy shares its pages with the original until it writes to them. The original must not be written to any more.
class RecordedBlocks {
 public:
  explicit RecordedBlocks(uint64_t most_bytes) : most_bytes_(most_bytes) {}
  RecordedBlocks(const RecordedBlocks& other)
      : pages_(other.pages_),
        is_own_(other.pages_.size()),
        is_copy_(true),
        most_bytes_(other.most_bytes_),
        count_(other.count_),
        bytes_(other.bytes_) {}
  RecordedBlocks(RecordedBlocks&&) = default;
  RecordedBlocks& operator=(const RecordedBlocks&) = delete;
  RecordedBlocks& operator=(RecordedBlocks&&) = delete;
  ~RecordedBlocks() = default;

  // Both throw ReelError: the first when the block exists already, the second when it does not, and both when memory
  // exceeds its bound.
  void add(const RecordedBlock& block) {
    Page& page = page_for(block.id);
    const uint64_t bit = uint64_t{1} << (block.id % kPageBlocks);
    if ((page.live & bit) != 0) throw ReelError("a block is born twice");
    page.live |= bit;
    page.rows[block.id % kPageBlocks] = {block.address, block.size, block.site, block.born, block.thread};
    ++count_;
    bytes_ += block.size;
  }
  // Returns the block as it was; valid until the id is used again.
  const BlockRow& remove(engine::BlockId id) {
    const size_t index = id / kPageBlocks;
    const uint64_t bit = uint64_t{1} << (id % kPageBlocks);
    if (index >= pages_.size() || pages_[index] == nullptr || (pages_[index]->live & bit) == 0) {
      throw ReelError("a block dies that is not there");
    }
    Page& page = page_for(id);
    page.live &= ~bit;
    --count_;
    const BlockRow& row = page.rows[id % kPageBlocks];
    bytes_ -= row.size;
    return row;
  }

  // Prefetches a block that will be added or removed soon, because a change touches blocks all over memory.
  void expect(engine::BlockId id) const {
    const size_t index = id / kPageBlocks;
    if (index >= pages_.size() || pages_[index] == nullptr) return;
    __builtin_prefetch(&pages_[index]->live, 1);
    __builtin_prefetch(&pages_[index]->rows[id % kPageBlocks], 1);
  }

  uint64_t count() const { return count_; }
  uint64_t bytes() const { return bytes_; }

  // Calls visit(BlockId, const BlockRow&) for each block, ascending by id.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (size_t index = 0; index < pages_.size(); ++index) {
      if (pages_[index] == nullptr) continue;
      for (uint64_t live = pages_[index]->live; live != 0; live &= live - 1) {
        const auto place = static_cast<uint32_t>(std::countr_zero(live));
        visit(static_cast<engine::BlockId>(index * kPageBlocks + place), pages_[index]->rows[place]);
      }
    }
  }

  // Calls visit(const BlockRow&, bool added) for blocks that differ between the two. Pages that both share are skipped.
  template <class Visit>
  static void for_each_difference(const RecordedBlocks& before, const RecordedBlocks& after, Visit&& visit) {
    for (size_t index = 0; index < std::max(before.pages_.size(), after.pages_.size()); ++index) {
      visit_page_difference(before.page(index), after.page(index), visit);
    }
  }

  // The same while blocks are still being added, in the order of their ids. Each call goes on with ids that the call
  // before did not reach, up to the last one added, or with `to_end` to the end. The visited blocks of `before` are
  // dropped, so that two whole states are never held at once. Until the end is reached, adding a block that was passed
  // already throws ReelError.
  template <class Visit>
  void visit_difference(RecordedBlocks& before, bool to_end, Visit&& visit) {
    const size_t end =
        to_end ? std::max(before.pages_.size(), pages_.size()) : pages_.size() - (pages_.empty() ? 0 : 1);
    for (; passed_pages_ < end; ++passed_pages_) {
      visit_page_difference(before.page(passed_pages_), page(passed_pages_), visit);
      if (passed_pages_ < before.pages_.size()) before.pages_[passed_pages_].reset();
    }
    if (to_end) passed_pages_ = 0;
  }

 private:
  static constexpr uint32_t kPageBlocks = 64;
  struct Page {
    uint64_t live;
    BlockRow rows[kPageBlocks];
  };

  template <class Visit>
  static void visit_page_difference(const Page* old_page, const Page* new_page, Visit&& visit) {
    if (old_page == new_page) return;
    const uint64_t old_live = old_page == nullptr ? 0 : old_page->live;
    const uint64_t new_live = new_page == nullptr ? 0 : new_page->live;
    for (uint64_t live = old_live | new_live; live != 0; live &= live - 1) {
      const uint64_t bit = live & -live;
      const auto place = static_cast<uint32_t>(std::countr_zero(live));
      const bool in_both = (old_live & new_live & bit) != 0;
      if (in_both && old_page->rows[place] == new_page->rows[place]) continue;
      if ((old_live & bit) != 0) visit(old_page->rows[place], false);
      if ((new_live & bit) != 0) visit(new_page->rows[place], true);
    }
  }

  Page& page_for(engine::BlockId id) {
    const size_t index = id / kPageBlocks;
    if (index != own_index_) {
      own_page_ = &own_page(index);
      own_index_ = index;
    }
    return *own_page_;
  }
  Page& own_page(size_t index) {
    if (index < passed_pages_) throw ReelError("blocks are not in the order of their ids");
    if (index >= pages_.size()) {
      pay((index + 1 - pages_.size()) * sizeof(pages_[0]));
      pages_.resize(index + 1);
      is_own_.resize(index + 1);
    }
    if (pages_[index] == nullptr) {
      pay(sizeof(Page));
      // A slab lives as long as any of its pages. A copy adds only a few pages, so that it makes them one by one.
      pages_[index] = is_copy_ ? std::make_shared_for_overwrite<Page>() : slabs_.take();
      pages_[index]->live = 0;  // rows stay unset until they live
    } else if (!is_own_[index]) {
      auto own = std::make_shared_for_overwrite<Page>();
      std::memcpy(own.get(), pages_[index].get(), sizeof(Page));
      pages_[index] = std::move(own);
    }
    is_own_[index] = true;
    return *pages_[index];
  }
  const Page* page(size_t index) const { return index < pages_.size() ? pages_[index].get() : nullptr; }
  void pay(uint64_t bytes) {
    if (bytes > most_bytes_) throw ReelError("a still needs more memory than it may have");
    most_bytes_ -= bytes;
  }

  std::vector<std::shared_ptr<Page>> pages_;
  std::vector<bool> is_own_;     // by page: whether no other still has it
  size_t own_index_ = SIZE_MAX;  // of the page that was written last: ids ascend
  Page* own_page_ = nullptr;
  PageSlabs<Page> slabs_;
  bool is_copy_ = false;
  size_t passed_pages_ = 0;  // by visit_difference()
  uint64_t most_bytes_;      // left to take
  uint64_t count_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace heapreel
