#include "engine/memory/page_pool.h"

#include "engine/memory/platform.h"

namespace heapreel::engine {

void PagePool::trim() {
  const uint64_t unneeded = least_free_ > kNotTrimmed ? (least_free_ - kNotTrimmed) / 2 + 1 : 0;
  least_free_ = free_count_;
  const auto count = static_cast<uint32_t>(unneeded < kMostTrimmed ? unneeded : kMostTrimmed);
  if (count == 0 || !released_->make_room(released_count_ + count)) return;

  // The pages at the end of the list were given up longest ago.
  ArenaRef last_kept = free_;
  for (uint64_t kept = 1; kept < free_count_ - count; ++kept) last_kept = next_of(last_kept);
  ArenaRef ref = next_of(last_kept);
  constexpr ArenaRef kEnd = 0;
  std::memcpy(Arena::at(last_kept), &kEnd, sizeof(kEnd));

  const ArenaRef units = bytes_ / kArenaUnit;
  while (ref != kEnd) {
    // Neighbouring pages are given back in one call, because most were given up one after the other.
    ArenaRef first = ref;
    ArenaRef end = ref + units;
    for (;;) {
      (*released_)[released_count_++] = ref;
      ref = next_of(ref);
      if (ref == end) {
        end += units;
      } else if (ref != kEnd && ref + units == first) {
        first = ref;
      } else {
        break;
      }
    }
    StoreMemory::release(Arena::at(first), size_t{end - first} * kArenaUnit);
  }
  free_count_ -= count;
  least_free_ = free_count_;
  made_ -= count;
  StoreMemory::account(-static_cast<ptrdiff_t>(count) * bytes_);
}

}  // namespace heapreel::engine
