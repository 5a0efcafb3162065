#include "engine/memory/live_snapshots.h"

#include <cstring>

namespace heapreel::engine {

bool LiveSnapshots::pin(StoreEpoch epoch) {
  if (!pins_.make_room(count_ + 1)) return false;
  pins_[count_++] = {epoch, 0};
  newest_ = epoch;
  return true;
}

void LiveSnapshots::unpin(StoreEpoch epoch) {
  uint32_t low = 0;
  for (uint32_t high = count_; low < high;) {
    const uint32_t middle = low + (high - low) / 2;
    if (pins_[middle].epoch < epoch) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count_ || pins_[low].epoch != epoch) return;

  ArenaRef retired = pins_[low].retired;
  std::memmove(&pins_[low], &pins_[low] + 1, (count_ - low - 1) * sizeof(Pin));
  --count_;
  newest_ = count_ == 0 ? 0 : pins_[count_ - 1].epoch;
  Pin* older = low == 0 ? nullptr : &pins_[low - 1];
  while (retired != 0) {
    auto* chunk = static_cast<Chunk*>(Arena::at(retired));
    for (uint32_t index = 0; index < chunk->count; ++index) {
      const Retired& page = chunk->pages[index];
      // When there is no memory for the list, the page stays allocated: a page that might be looked at is never reused.
      if (older != nullptr && page.born <= older->epoch) {
        add(*older, page);
      } else {
        page.pool->end_retirement(page.page);
      }
    }
    const ArenaRef next = chunk->older;
    chunks_.give_back(retired);
    retired = next;
  }
}

bool LiveSnapshots::retire(PagePool& pool, ArenaRef page, StoreEpoch born) {
  if (!add(pins_[count_ - 1], {&pool, page, born})) return false;
  pool.begin_retirement();
  return true;
}

bool LiveSnapshots::add(Pin& pin, const Retired& page) {
  auto* chunk = pin.retired == 0 ? nullptr : static_cast<Chunk*>(Arena::at(pin.retired));
  if (chunk == nullptr || chunk->count == Chunk::kMost) {
    const ArenaRef fresh = chunks_.take();
    if (fresh == 0) return false;
    chunk = static_cast<Chunk*>(Arena::at(fresh));
    chunk->older = pin.retired;
    chunk->count = 0;
    pin.retired = fresh;
  }
  chunk->pages[chunk->count++] = page;
  return true;
}

void LiveSnapshots::reset() {
  for (uint32_t index = 0; index < count_; ++index) {
    for (ArenaRef retired = pins_[index].retired; retired != 0;) {
      auto* chunk = static_cast<Chunk*>(Arena::at(retired));
      for (uint32_t page = 0; page < chunk->count; ++page) {
        chunk->pages[page].pool->end_retirement(chunk->pages[page].page);
      }
      const ArenaRef next = chunk->older;
      chunks_.give_back(retired);
      retired = next;
    }
  }
  count_ = 0;
  newest_ = 0;
}

}  // namespace heapreel::engine
