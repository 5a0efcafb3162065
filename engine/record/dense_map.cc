#include "engine/record/dense_map.h"

namespace heapreel::engine {

uint32_t DenseMap::class_with(size_t size) {
  uint32_t low = 1;
  uint32_t high = g_size_classes.count;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    const size_t at_middle = size_t{g_size_classes.classes[middle].granules} * kGranule;
    if (at_middle == size) return middle;
    if (at_middle < size) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return 0;
}

void DenseMap::mark_unused(uintptr_t address) {
  std::atomic<uint64_t>* slice = slice_at(address >> kGranuleBits);
  uint64_t unused = 0;
  // relaxed: see the argument at the class
  if (slice != nullptr) slice->compare_exchange_strong(unused, large_word(address), std::memory_order_relaxed);
}

DenseMap::Table DenseMap::take_spare(uint32_t size_class) {
  // Tables of its own class are tried first, then larger ones.
  for (uint32_t made_for = size_class; made_for != 0 && serves(made_for, size_class); --made_for) {
    std::atomic<uint64_t>& spares = spares_[made_for];
    // [dense.spare] acquire
    uint64_t list = spares.load(std::memory_order_acquire);
    while (static_cast<ArenaRef>(list) != 0) {
      auto* table = static_cast<Entry*>(Arena::at(static_cast<ArenaRef>(list)));
      // relaxed: another thread may have taken it meanwhile; then the exchange fails, because the list was changed
      const ArenaRef next = table->load(std::memory_order_relaxed);
      const uint64_t rest = ((list >> 32) + 1) << 32 | next;
      // [dense.spare] acquire, on failure too
      if (spares.compare_exchange_weak(list, rest, std::memory_order_acq_rel, std::memory_order_acquire)) {
        // relaxed: this thread's now
        table->store(0, std::memory_order_relaxed);
        return {.ref = Arena::ref_of(table), .made_for = made_for};
      }
    }
  }
  return {};
}

void DenseMap::give_table(Table table) {
  std::atomic<uint64_t>& spares = spares_[table.made_for];
  auto* first = static_cast<Entry*>(Arena::at(table.ref));
  // relaxed: what follows from it is checked by the exchange
  uint64_t list = spares.load(std::memory_order_relaxed);
  uint64_t longer;
  do {
    // relaxed: published by the exchange
    first->store(static_cast<ArenaRef>(list), std::memory_order_relaxed);
    longer = ((list >> 32) + 1) << 32 | table.ref;
    // [dense.spare] acq_rel: the release is for the thread that takes the table
    // relaxed: on failure, as above
  } while (!spares.compare_exchange_weak(list, longer, std::memory_order_acq_rel, std::memory_order_relaxed));
}

ArenaRef DenseMap::carve(uint32_t units) {
  // [dense.chunk] acquire
  uint64_t bump = bump_.load(std::memory_order_acquire);
  for (;;) {
    const auto left = static_cast<uint32_t>(bump >> 32);
    if (left < units) return 0;
    const auto place = static_cast<ArenaRef>(bump);
    const uint64_t rest = uint64_t{left - units} << 32 | (place + units);
    // [dense.chunk] acq_rel; acquire on failure, too
    if (!bump_.compare_exchange_weak(bump, rest, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    // relaxed: a statistic
    carved_.fetch_add(units, std::memory_order_relaxed);
    Arena::account(static_cast<ptrdiff_t>(units * kArenaUnit));
    return place;
  }
}

// When two threads each add a chunk, what is left of the first one stays unused until the map ends.
void DenseMap::add_chunk(void* chunk) {
  // relaxed: hands out places in the list, which is read when nobody uses the map any more
  const uint32_t listed = chunk_count_.fetch_add(1, std::memory_order_relaxed);
  // relaxed: as above
  if (listed < kMostChunks) chunks_[listed].store(Arena::ref_of(chunk), std::memory_order_relaxed);
  constexpr uint64_t kUnits = kChunkBytes / kArenaUnit;
  // [dense.chunk] release
  bump_.store(kUnits << 32 | Arena::ref_of(chunk), std::memory_order_release);
}

}  // namespace heapreel::engine
