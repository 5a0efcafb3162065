#include "engine/store/heap_list.h"

namespace heapreel::engine {

void HeapList::note(BlockId block, DomainIndex domain, uint64_t address) {
  if (make_room(noted_, noted_count_ + 1)) noted_[noted_count_++] = {address, block, domain};
}

FrozenArray<HeapPage> HeapList::freeze() {
  if (!changed_) return frozen_.freeze();
  changed_ = false;
  const uint32_t pages = (count_ + HeapPage::kHeaps - 1) / HeapPage::kHeaps;
  for (uint32_t index = 0; index < pages; ++index) {
    HeapPage now = {};
    const uint32_t first = index * HeapPage::kHeaps;
    const uint32_t here = std::min(count_ - first, HeapPage::kHeaps);
    for (uint32_t place = 0; place < here; ++place) now.heaps[place] = heaps_[first + place];
    const HeapPage* const known = frozen_.read(index);
    if (known != nullptr && *known == now) continue;
    if (HeapPage* const page = frozen_.write(index); page != nullptr) *page = now;
  }
  for (uint32_t index = pages; index < frozen_pages_; ++index) frozen_.release(index);
  frozen_pages_ = pages;
  return frozen_.freeze();
}

void HeapList::clear() {
  count_ = noted_count_ = frozen_pages_ = 0;
  changed_ = false;
  frozen_.clear();
}

}  // namespace heapreel::engine
