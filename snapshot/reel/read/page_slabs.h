// Memory for the pages of a still, many in one slab, in huge pages where the system has them. Page faults were a third
// of the time for opening a still of a million blocks.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace heapreel {

// A page keeps its whole slab alive. Slabs grow from a few pages to one huge page, so that at most twice the needed
// memory is taken, or 2 MiB more.
template <class Page>
class PageSlabs {
 public:
  // A new page, whose contents are not set.
  std::shared_ptr<Page> take() {
    if (next_ == pages_) add_slab();
    return {slab_, slab_.get() + next_++};
  }

 private:
  static constexpr size_t kHugePage = size_t{2} << 20;
  static constexpr size_t kMostPages = kHugePage / sizeof(Page);
  static constexpr size_t kLeastPages = 8;

  void add_slab() {
    pages_ = std::clamp(2 * pages_, kLeastPages, kMostPages);
    if (pages_ < kMostPages) {
      slab_ = std::make_shared_for_overwrite<Page[]>(pages_);
    } else {
      void* memory = std::aligned_alloc(kHugePage, kHugePage);
      if (memory == nullptr) throw std::bad_alloc();
      // When the system has no huge pages, this is memory like any other.
      static_cast<void>(::madvise(memory, kHugePage, MADV_HUGEPAGE));
      slab_ = std::shared_ptr<Page[]>(static_cast<Page*>(memory), std::free);
    }
    next_ = 0;
  }

  std::shared_ptr<Page[]> slab_;
  size_t pages_ = 0;  // of the slab
  size_t next_ = 0;
};

}  // namespace heapreel
