// From an address to a BlockId, for an allocator that keeps blocks of one size together (size_classes.h). It has one
// word for each block, not for each granule, so that the ids of 16 blocks lie in one cache line whatever their size.
//
// The addresses are divided into slices of 64 KiB. A slice has a table of ids and a layout, in one word:
//     class of its blocks | class its table was made for | shift | table
// The place of an address in the table is (granule in the slice + shift) / granules of a block, by a reciprocal. The
// shift makes that the number of the block that the address lies in: an aligned pointer into a block is in its block's
// own place, which no other block uses.
//
// The thread that records the first block of a size in a slice lays the slice out. The slice is laid out again when
// blocks of another size, or at other places, are born in it. Nobody else can be using it at that moment, because:
//   - A layout is true: no birth is recorded in a slice before its layout was compared with what the allocator does
//     (birth_entry, lay_out). So the blocks with an id in the table are those of one run of blocks, of one size.
//   - The allocator makes a run of another size of that memory only when every block of the run before was given back
//     to it, and each was taken out of the table before that (record_free comes first). Whoever gave one back and
//     whoever gets the memory next are ordered by the allocator's own synchronisation, as with any memory that it
//     hands from thread to thread; the entries and the words are relaxed atomics and race-free by construction.
//   - Only one thread allocates from a run. Hooks of signal handlers on it may lay the slice out in the middle of its
//     own doing so: the word is exchanged as a whole, and who comes too late uses what stands there.
// An id that is found in a table when its slice is laid out again belongs to a block whose free the hooks never saw.
// The caller gets it, closes the block and counts it.
//
// Blocks that are larger than all classes are kept elsewhere (large_blocks.h). A slice where such a block begins has no
// layout; its word says at which granule the block begins. When blocks of a class are born there later, and the large
// block is still known, it is closed.
//
// Sync edges:
//   [dense.region]  root_ slots: release in region_for -> acquire in slice_at. Carries the zeroed slices.
//   [dense.spare]   spares_: acq_rel in give_table -> acquire in take_table. Carries the table, all zeros but its link.
//   [dense.chunk]   bump_: release in add_chunk, acq_rel in carve -> acquire in carve. Carries nothing but the place;
//                   its memory is zero.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/record/size_classes.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

class DenseMap {
 public:
  static constexpr int kAddressBits = 47;
  static constexpr int kGranuleBits = 4;
  static constexpr int kSliceBits = 16;
  static constexpr int kRegionBits = 26;
  static constexpr int kReciprocalBits = 31;
  static constexpr size_t kGranule = size_t{1} << kGranuleBits;
  static constexpr size_t kSliceGranules = size_t{1} << (kSliceBits - kGranuleBits);
  static constexpr size_t kSlices = size_t{1} << (kRegionBits - kSliceBits);
  static constexpr size_t kRegions = size_t{1} << (kAddressBits - kRegionBits);
  // Memory for tables and slices is taken in chunks of this size, which are touched as they are used.
  static constexpr size_t kChunkBytes = size_t{16} << 20;

  using Entry = std::atomic<BlockId>;

  // The entry of the block that `address` lies in, by the layout that its slice has; null when it has none.
  Entry* find(uintptr_t address) const {
    // The rotation makes an address that is no multiple of a granule larger than all regions.
    const uintptr_t granule = std::rotr(address, kGranuleBits);
    const std::atomic<uint64_t>* slice = slice_at(granule);
    if (slice == nullptr) [[unlikely]]
      return nullptr;
    // relaxed: see the argument at the class
    const uint64_t word = slice->load(std::memory_order_relaxed);
    if (class_of(word) == 0) [[unlikely]]
      return nullptr;
    return table_of(word) + (scaled_place(granule, word) >> kReciprocalBits);
  }

  // The entry for a block of `size` requested bytes that was just born at `address`; null when its slice has to be laid
  // out first. Only for blocks that begin where the allocator's blocks begin, not for aligned ones.
  Entry* birth_entry(uintptr_t address, size_t size) const {
    const uintptr_t granule = std::rotr(address, kGranuleBits);
    const std::atomic<uint64_t>* slice = slice_at(granule);
    if (slice == nullptr) [[unlikely]]
      return nullptr;
    // relaxed: see the argument at the class
    const uint64_t word = slice->load(std::memory_order_relaxed);
    const SizeClass& size_class = g_size_classes.classes[class_of(word)];
    const uint64_t scaled = scaled_place(granule, word);
    const bool is_of_class = size - size_class.first_size < size_class.sizes;
    const bool begins_block = (scaled & ((uint64_t{1} << kReciprocalBits) - 1)) < size_class.reciprocal;
    if (!is_of_class || !begins_block) [[unlikely]]
      return nullptr;
    return table_of(word) + (scaled >> kReciprocalBits);
  }

  // What the map needs of its user:
  //   void* chunk()                        zeroed memory of kChunkBytes; null when there is none
  //   void close(uintptr_t, BlockId)       an id was found in the way, of the block that begins there
  //   void close_large(uintptr_t)          a larger block that began there is no more
  //   void fill(uintptr_t, uintptr_t)      the map has slices for that range of addresses from now on: mark_unused()
  //                                        for each larger block that begins there
  //
  // Gives the slice of `address` the layout of the block that `address` lies in, and returns the block's entry. Null
  // when memory is spent, or when the block is of no class.
  template <class User>
  Entry* lay_out(uintptr_t address, const BlockBounds& block, User&& user);

  // Notes that a block which is larger than all classes begins at `address`. It makes no slice for that: otherwise
  // every place where a large block ever lay would cost memory.
  template <class User>
  void mark_large(uintptr_t address, User&& user);
  // The same, unless something is noted for the slice already: the block may be one whose free was never seen, and its
  // slice may be in use by another thread.
  void mark_unused(uintptr_t address);

  // Calls `visit(begin, Entry*)` for every block that begins in [begin, end), by the layouts of their slices.
  template <class Visit>
  void for_each_entry(uintptr_t begin, uintptr_t end, Visit&& visit) const;

  // Bytes of its slices and tables, all of which count in the arena's account.
  size_t bytes() const {
    // relaxed: a statistic
    return carved_.load(std::memory_order_relaxed) * kArenaUnit;
  }

  // Gives all memory back by Arena::release() of each chunk and `give_chunk(chunk)`; the map is then as new. Only when
  // no hook can be using it. False when a chunk lies outside of the arena: then the rest is left as it is.
  template <class GiveChunk>
  bool clear(GiveChunk&& give_chunk);

 private:
  static constexpr uint32_t kMostChunks = 1 << 14;  // the arena has room for fewer

  static uint32_t class_of(uint64_t word) { return word & 0xff; }
  static uint32_t table_class_of(uint64_t word) { return word >> 8 & 0xff; }
  static uint32_t shift_of(uint64_t word) { return word >> 16 & 0xffff; }
  static Entry* table_of(uint64_t word) { return static_cast<Entry*>(Arena::at(static_cast<ArenaRef>(word >> 32))); }
  static uint64_t layout_word(uint32_t size_class, uint32_t table_class, uint32_t shift, ArenaRef table) {
    return size_class | table_class << 8 | shift << 16 | uint64_t{table} << 32;
  }
  static uint64_t large_word(uintptr_t address) {
    return layout_word(0, 0, static_cast<uint32_t>(address >> kGranuleBits & (kSliceGranules - 1)) + 1, 0);
  }
  static uint64_t scaled_place(uintptr_t granule, uint64_t word) {
    const uint64_t place = (granule & (kSliceGranules - 1)) + shift_of(word);
    return place * g_size_classes.classes[class_of(word)].reciprocal;
  }

  std::atomic<uint64_t>* slice_at(uintptr_t granule) const {
    const size_t index = granule >> (kRegionBits - kGranuleBits);
    if (index >= kRegions) [[unlikely]]
      return nullptr;
    // [dense.region] acquire
    std::atomic<uint64_t>* region = root_[index].load(std::memory_order_acquire);
    if (region == nullptr) [[unlikely]]
      return nullptr;
    return region + (granule >> (kSliceBits - kGranuleBits) & (kSlices - 1));
  }

  // Calls `visit(begin, Entry*)` for every block of a slice with that layout. The first block may begin before the
  // slice.
  template <class Visit>
  static void for_each_place(uint64_t word, uintptr_t slice_begin, Visit&& visit) {
    const uint64_t places = (scaled_place(kSliceGranules - 1, word) >> kReciprocalBits) + 1;
    const size_t granules = g_size_classes.classes[class_of(word)].granules;
    for (uint64_t place = 0; place < places; ++place) {
      visit(slice_begin + (place * granules - shift_of(word)) * kGranule, table_of(word) + place);
    }
  }

  struct Table {
    ArenaRef ref = 0;  // 0: there is none
    uint32_t made_for = 0;
  };

  // A slice keeps its table for another class unless that is larger than needed by more than a factor of four.
  static bool serves(uint32_t made_for, uint32_t size_class) {
    const uint32_t units = g_size_classes.classes[made_for].table_units;
    const uint32_t wanted = g_size_classes.classes[size_class].table_units;
    return units >= wanted && units <= wanted * 4;
  }
  template <class User>
  std::atomic<uint64_t>* slice_for(uintptr_t address, User& user);
  template <class User>
  Table take_table(uint32_t size_class, User& user);
  template <class User>
  static void empty(uint64_t word, uintptr_t slice_begin, User& user);
  Table take_spare(uint32_t size_class);
  void give_table(Table table);
  // Zeroed memory for a table or for slices; 0 when it is spent.
  template <class User>
  ArenaRef take_memory(uint32_t units, User& user);
  // The same from the last chunk alone; 0 when too little is left of it.
  ArenaRef carve(uint32_t units);
  void add_chunk(void* chunk);
  static uint32_t class_with(size_t size);

  std::atomic<std::atomic<uint64_t>*> root_[kRegions];
  std::atomic<uint64_t> bump_;    // how many units the last chunk has left, and where they begin
  std::atomic<uint64_t> carved_;  // units, for the account
  // Lists of tables. A word has how often its list was changed, and the first table.
  std::atomic<uint64_t> spares_[SizeClasses::kMost];
  std::atomic<uint32_t> chunk_count_;
  std::atomic<ArenaRef> chunks_[kMostChunks];
};

template <class User>
ArenaRef DenseMap::take_memory(uint32_t units, User& user) {
  if (const ArenaRef ref = carve(units); ref != 0) return ref;
  void* chunk = user.chunk();
  if (chunk == nullptr) return 0;
  add_chunk(chunk);
  return carve(units);
}

template <class User>
std::atomic<uint64_t>* DenseMap::slice_for(uintptr_t address, User& user) {
  if (std::atomic<uint64_t>* known = slice_at(address >> kGranuleBits); known != nullptr) return known;
  constexpr auto kUnits = static_cast<uint32_t>(kSlices * sizeof(uint64_t) / kArenaUnit);
  const ArenaRef ref = take_memory(kUnits, user);
  if (ref == 0) return nullptr;
  std::atomic<std::atomic<uint64_t>*>& slot = root_[address >> kRegionBits];
  std::atomic<uint64_t>* seen = nullptr;
  // [dense.region] release; relaxed when another thread was first: its slices are used, and ours stay empty
  if (slot.compare_exchange_strong(seen, static_cast<std::atomic<uint64_t>*>(Arena::at(ref)), std::memory_order_release,
                                   std::memory_order_relaxed)) {
    const uintptr_t begin = address >> kRegionBits << kRegionBits;
    user.fill(begin, begin + (uintptr_t{1} << kRegionBits));
  }
  return slice_at(address >> kGranuleBits);
}

template <class User>
DenseMap::Table DenseMap::take_table(uint32_t size_class, User& user) {
  if (const Table spare = take_spare(size_class); spare.ref != 0) return spare;
  return {.ref = take_memory(g_size_classes.classes[size_class].table_units, user), .made_for = size_class};
}

template <class User>
void DenseMap::empty(uint64_t word, uintptr_t slice_begin, User& user) {
  if (class_of(word) == 0) {
    if (word != 0) user.close_large(slice_begin + (shift_of(word) - 1) * kGranule);
    return;
  }
  for_each_place(word, slice_begin, [&user](uintptr_t begin, Entry* entry) {
    // relaxed: see the argument at the class
    if (entry->load(std::memory_order_relaxed) == 0) return;
    // relaxed: as above
    if (const BlockId id = entry->exchange(0, std::memory_order_relaxed); id != 0) user.close(begin, id);
  });
}

template <class User>
DenseMap::Entry* DenseMap::lay_out(uintptr_t address, const BlockBounds& block, User&& user) {
  const uint32_t size_class = class_with(block.size);
  if (size_class == 0 || address % kGranule != 0 || block.begin % kGranule != 0 || address >> kAddressBits != 0)
    return nullptr;
  std::atomic<uint64_t>* slice = slice_for(address, user);
  if (slice == nullptr) return nullptr;
  const SizeClass& wanted = g_size_classes.classes[size_class];
  const uintptr_t slice_begin = address >> kSliceBits << kSliceBits;
  // How many granules before the beginning of the slice a block begins, or would begin.
  const int64_t before_slice = static_cast<int64_t>(slice_begin - block.begin) / int64_t{kGranule} % wanted.granules;
  const auto shift = static_cast<uint32_t>(before_slice < 0 ? before_slice + wanted.granules : before_slice);
  // relaxed: see the argument at the class
  uint64_t word = slice->load(std::memory_order_relaxed);
  while (class_of(word) != size_class || shift_of(word) != shift) {
    empty(word, slice_begin, user);
    const Table had = {.ref = static_cast<ArenaRef>(word >> 32), .made_for = table_class_of(word)};
    const bool keeps_table = serves(had.made_for, size_class);
    const Table table = keeps_table ? had : take_table(size_class, user);
    if (table.ref == 0) return nullptr;
    const uint64_t fresh = layout_word(size_class, table.made_for, shift, table.ref);
    // relaxed: see the argument at the class
    if (slice->compare_exchange_strong(word, fresh, std::memory_order_relaxed)) {
      if (!keeps_table && had.made_for != 0) give_table(had);
      word = fresh;
      break;
    }
    if (!keeps_table) give_table(table);
  }
  return table_of(word) + (scaled_place(address >> kGranuleBits, word) >> kReciprocalBits);
}

template <class User>
void DenseMap::mark_large(uintptr_t address, User&& user) {
  std::atomic<uint64_t>* slice = slice_at(address >> kGranuleBits);
  if (slice == nullptr) return;
  const uint64_t mark = large_word(address);
  // relaxed: see the argument at the class
  uint64_t word = slice->load(std::memory_order_relaxed);
  while (word != mark) {
    empty(word, address >> kSliceBits << kSliceBits, user);
    // relaxed: as above
    if (!slice->compare_exchange_strong(word, mark, std::memory_order_relaxed)) continue;
    if (class_of(word) != 0) give_table({.ref = static_cast<ArenaRef>(word >> 32), .made_for = table_class_of(word)});
    return;
  }
}

template <class Visit>
void DenseMap::for_each_entry(uintptr_t begin, uintptr_t end, Visit&& visit) const {
  constexpr uintptr_t kSlice = uintptr_t{1} << kSliceBits;
  constexpr uintptr_t kRegion = uintptr_t{1} << kRegionBits;
  constexpr uintptr_t kAddressEnd = uintptr_t{1} << kAddressBits;
  const uintptr_t last_end = end < kAddressEnd ? end : kAddressEnd;
  for (uintptr_t at = begin & ~(kSlice - 1); at < last_end;) {
    const std::atomic<uint64_t>* slice = slice_at(at >> kGranuleBits);
    // relaxed: see the argument at the class
    const uint64_t word = slice == nullptr ? 0 : slice->load(std::memory_order_relaxed);
    if (class_of(word) != 0) {
      for_each_place(word, at, [&visit, begin, last_end](uintptr_t block, Entry* entry) {
        if (block >= begin && block < last_end) visit(block, entry);
      });
    }
    at = slice == nullptr ? (at & ~(kRegion - 1)) + kRegion : at + kSlice;
  }
}

template <class GiveChunk>
bool DenseMap::clear(GiveChunk&& give_chunk) {
  // relaxed, all of it: nobody else uses the map
  const uint32_t count = chunk_count_.load(std::memory_order_relaxed);
  for (uint32_t index = 0; index < count && index < kMostChunks; ++index) {
    // relaxed: as above
    const ArenaRef ref = chunks_[index].load(std::memory_order_relaxed);
    if (ref == 0) continue;
    void* chunk = Arena::at(ref);
    if (!Arena::holds(static_cast<std::byte*>(chunk), kChunkBytes)) return false;
    Arena::release(chunk, kChunkBytes);
    give_chunk(chunk);
  }
  // relaxed: as above
  Arena::account(-static_cast<ptrdiff_t>(carved_.load(std::memory_order_relaxed) * kArenaUnit));
  Arena::release(this, sizeof(*this));
  return true;
}

}  // namespace heapreel::engine
