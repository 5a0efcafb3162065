// From an address to a BlockId: one word for each granule of 16 bytes, in two levels. Regions of 64 MiB of the address
// space are mapped on demand, and their pages are touched only where blocks begin.
//
// Between malloc(p) and free(p) only the block's owner touches the entry of p, and the allocator's own
// synchronisation orders it across owners. The entries are relaxed atomics and race-free by construction.
//
// Sync edges:
//   [map.region]  root_ slots: release in map_region -> acquire in region_at. Carries the zeroed region.
//   [map.listed]  listed_: release in map_region -> acquire in for_each_region. Carries the root slot.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "engine/ring/event.h"

namespace heapreel::engine {

class BlockMap {
 public:
  static constexpr int kAddressBits = 47;
  static constexpr int kGranuleBits = 4;
  static constexpr int kRegionBits = 26;
  static constexpr size_t kRegions = size_t{1} << (kAddressBits - kRegionBits);
  static constexpr size_t kRegionEntries = size_t{1} << (kRegionBits - kGranuleBits);
  static constexpr size_t kRegionBytes = kRegionEntries * sizeof(BlockId);

  using Entry = std::atomic<BlockId>;
  using RegionSource = void* (*)();  // zeroed memory of kRegionBytes; null when there is none

  // Whether the map can hold a block that begins at `address`.
  static constexpr bool covers(uintptr_t address) {
    return address >> kAddressBits == 0 && (address & ((1 << kGranuleBits) - 1)) == 0;
  }

  // The entry of a covered address; null when its region was never mapped (no block ever began there).
  Entry* find(uintptr_t address) const {
    Entry* region = region_at(address >> kRegionBits);
    return region == nullptr ? nullptr : region + entry_in_region(address);
  }

  // The entry of any address; null also when the map does not cover the address.
  Entry* find_any(uintptr_t address) const {
    // The rotation makes an address that is no multiple of a granule larger than all regions.
    const uintptr_t granule = std::rotr(address, kGranuleBits);
    const size_t index = granule >> (kRegionBits - kGranuleBits);
    if (index >= kRegions) [[unlikely]]
      return nullptr;
    Entry* region = region_at(index);
    return region == nullptr ? nullptr : region + (granule & (kRegionEntries - 1));
  }

  // The entry of a covered address, whose region is mapped if need be. Null when memory is spent.
  Entry* find_or_map(uintptr_t address, RegionSource source) {
    Entry* region = region_at(address >> kRegionBits);
    if (region == nullptr) [[unlikely]]
      region = map_region(address >> kRegionBits, source);
    return region == nullptr ? nullptr : region + entry_in_region(address);
  }

  // Calls `visit(address, Entry*)` for each granule that begins in [begin, end) and whose region is mapped.
  template <class Visit>
  void for_each_entry(uintptr_t begin, uintptr_t end, Visit&& visit) const;

  // Calls `visit(Entry* region, address of its first granule)` for every mapped region.
  template <class Visit>
  void for_each_region(Visit&& visit) const;

 private:
  static constexpr size_t entry_in_region(uintptr_t address) { return address >> kGranuleBits & (kRegionEntries - 1); }

  Entry* region_at(size_t index) const {
    // [map.region] acquire
    return root_[index].load(std::memory_order_acquire);
  }

  [[gnu::noinline, gnu::cold]] Entry* map_region(size_t index, RegionSource source) {
    auto* fresh = static_cast<Entry*>(source());
    if (fresh == nullptr) return nullptr;
    Entry* seen = nullptr;
    // [map.region] release; acquire when another thread was first: its region is used, and ours stays empty
    if (root_[index].compare_exchange_strong(seen, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) {
      // relaxed: hands out list places; [map.listed] publishes what is put there.
      const uint32_t place = mapped_.fetch_add(1, std::memory_order_relaxed);
      // [map.listed] release
      if (place < kMaxListed) listed_[place].store(static_cast<uint32_t>(index) + 1, std::memory_order_release);
      return fresh;
    }
    return seen;
  }

  // The arena has room for fewer regions than this.
  static constexpr uint32_t kMaxListed = 1 << 15;

  std::atomic<Entry*> root_[kRegions];
  std::atomic<uint32_t> mapped_;
  std::atomic<uint32_t> listed_[kMaxListed];  // index + 1 of each mapped region, so that nobody has to scan the root
};

template <class Visit>
void BlockMap::for_each_entry(uintptr_t begin, uintptr_t end, Visit&& visit) const {
  constexpr uintptr_t kRegion = uintptr_t{1} << kRegionBits;
  constexpr uintptr_t kGranule = uintptr_t{1} << kGranuleBits;
  constexpr uintptr_t kAddressEnd = uintptr_t{1} << kAddressBits;
  if (begin >= kAddressEnd) return;
  const uintptr_t last_end = end < kAddressEnd ? end : kAddressEnd;
  for (uintptr_t at = (begin + kGranule - 1) & ~(kGranule - 1); at < last_end;) {
    const uintptr_t region_end = (at & ~(kRegion - 1)) + kRegion;
    const uintptr_t stop = region_end < last_end ? region_end : last_end;
    if (Entry* region = region_at(at >> kRegionBits); region != nullptr) {
      for (uintptr_t granule = at; granule < stop; granule += kGranule) {
        visit(granule, region + entry_in_region(granule));
      }
    }
    at = region_end;
  }
}

template <class Visit>
void BlockMap::for_each_region(Visit&& visit) const {
  // relaxed: a place that is counted and not filled yet reads as 0 and is skipped
  const uint32_t mapped = mapped_.load(std::memory_order_relaxed);
  for (uint32_t place = 0; place < mapped && place < kMaxListed; ++place) {
    // [map.listed] acquire
    const uint32_t listed = listed_[place].load(std::memory_order_acquire);
    if (listed != 0 && listed <= kRegions) visit(region_at(listed - 1), uintptr_t{listed - 1} << kRegionBits);
  }
}

}  // namespace heapreel::engine
