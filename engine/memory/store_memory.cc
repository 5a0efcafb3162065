#include "engine/memory/store_memory.h"

#include "engine/memory/arena_ends.h"
#include "engine/memory/platform.h"

namespace heapreel::engine {

void StoreMemory::be_in_arena(ArenaHeader& header, size_t shared_bytes) {
  ends_ = &header.ends;
  accounted_ = &header.accounted;
  exhausted_ = &header.exhausted;
  begin_ = 0;
  end_ = shared_bytes;
}

void StoreMemory::be_apart(size_t begin, size_t end) {
  // relaxed, here and in the next two: nobody uses the memory yet
  own_ends_.store(ArenaEnds(begin, end).word(), std::memory_order_relaxed);
  // relaxed: as above
  own_accounted_.store(0, std::memory_order_relaxed);
  // relaxed: as above
  own_exhausted_.store(0, std::memory_order_relaxed);
  ends_ = &own_ends_;
  accounted_ = &own_accounted_;
  exhausted_ = &own_exhausted_;
  begin_ = begin;
  end_ = end;
}

void* StoreMemory::allocate(size_t bytes) {
  const size_t size = ArenaEnds::round_up(bytes, kArenaUnit);
  const auto before = take_from_ends(*ends_, begin_, end_, bytes, size,
                                     [size](ArenaEnds ends) { return ArenaEnds(ends.bottom + size, ends.top); });
  if (!before) return exhausted();
  account(static_cast<ptrdiff_t>(size));
  return Arena::at_offset(before->bottom);
}

void* StoreMemory::reserve(size_t bytes) {
  const size_t size = ArenaEnds::round_up(bytes, platform::page_bytes());
  const auto before = take_from_ends(*ends_, begin_, end_, bytes, size,
                                     [size](ArenaEnds ends) { return ArenaEnds(ends.bottom, ends.top - size); });
  return before ? Arena::at_offset(before->top - size) : exhausted();
}

size_t StoreMemory::left() {
  // relaxed: a level
  return ArenaEnds(ends_->load(std::memory_order_relaxed)).left();
}

void* StoreMemory::exhausted() {
  // relaxed: a flag read by the consolidator, late is soon enough.
  exhausted_->store(1, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace heapreel::engine
