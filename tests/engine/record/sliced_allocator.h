// An allocator for tests that lays blocks out as the dense map expects it of the real one, in addresses that nobody
// ever touches: slices of 64 KiB, runs of one or more slices of one size, first blocks that begin late, blocks with an
// alignment inside larger ones. Each thread has its own runs; blocks may be freed by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "engine/record/size_classes.h"

namespace heapreel::engine::testing {

class SlicedAllocator {
 public:
  static constexpr uintptr_t kBase = uintptr_t{3} << 40;
  static constexpr uintptr_t kSlice = 64 << 10;
  static constexpr size_t kSlices = 4096;
  static constexpr std::array<size_t, 12> kSizes = {16, 32, 48, 80, 112, 640, 1024, 5120, 16384, 24576, 40960, 65536};

  // Tells the engine of this allocator; every test of the program that is run is about it then.
  static bool describe() { return describe_allocator(kSizes.data(), kSizes.size(), find_block); }

  static size_t good_size(size_t n) {
    for (const size_t size : kSizes) {
      if (size >= n) return size;
    }
    return 0;
  }

  // A block for `n` bytes at a multiple of `alignment`; 0 when there is no room. `late`: granules that a new run's first
  // block begins after its slice.
  uintptr_t allocate(size_t n, size_t alignment = 16, uint32_t late = 0) {
    const size_t size = good_size(alignment <= 16 ? n : n + alignment - 16);
    if (size == 0) return 0;
    std::lock_guard guard(mutex_);
    for (auto& [first, run] : runs_) {
      if (run.size != size || run.free.empty()) continue;
      return hand_out(first, run, alignment);
    }
    const size_t slices = size > 8192 ? 8 : 1;
    const size_t first = find_room(slices);
    if (first == kSlices) return 0;
    Run& run = runs_[first];
    run = {.size = size, .slices = slices, .begin = kBase + first * kSlice + late * 16, .free = {}, .live = 0};
    for (size_t index = slices; index-- > 0;) {
      // relaxed: read by those who got a block of the run since
      table_[first + index].size.store(static_cast<uint32_t>(size), std::memory_order_relaxed);
      // relaxed: as above
      table_[first + index].begin.store(run.begin, std::memory_order_relaxed);
    }
    const size_t blocks = (slices * kSlice - late * 16) / size;
    for (size_t index = blocks; index-- > 0;) run.free.push_back(run.begin + index * size);
    return hand_out(first, run, alignment);
  }

  // A run without blocks is gone: its slices may be of any size next.
  void free(uintptr_t p) {
    std::lock_guard guard(mutex_);
    const auto at = --runs_.upper_bound((p - kBase) / kSlice);
    Run& run = at->second;
    run.free.push_back(p - (p - run.begin) % run.size);
    if (--run.live == 0) runs_.erase(at);
  }

  // What the engine asks.
  static BlockBounds find_block(uintptr_t p) noexcept {
    if (p - kBase >= kSlices * kSlice) return {};
    const Slice& slice = table_[(p - kBase) / kSlice];
    // relaxed: written before a block of the run was handed out
    const size_t size = slice.size.load(std::memory_order_relaxed);
    // relaxed: as above
    const uintptr_t begin = slice.begin.load(std::memory_order_relaxed);
    return size == 0 || p < begin ? BlockBounds{} : BlockBounds{.begin = p - (p - begin) % size, .size = size};
  }

 private:
  struct Run {
    size_t size;
    size_t slices;
    uintptr_t begin;
    std::vector<uintptr_t> free;
    size_t live;
  };
  struct Slice {
    std::atomic<uint32_t> size;
    std::atomic<uintptr_t> begin;
  };

  uintptr_t hand_out(size_t, Run& run, size_t alignment) {
    const uintptr_t block = run.free.back();
    run.free.pop_back();
    ++run.live;
    return (block + alignment - 1) / alignment * alignment;
  }

  size_t find_room(size_t slices) {
    for (size_t tries = 0; tries < kSlices; ++tries) {
      const size_t first = cursor_;
      cursor_ = (cursor_ + slices) % kSlices;
      if (first + slices > kSlices) continue;
      const auto after = runs_.lower_bound(first);
      const bool clear_after = after == runs_.end() || after->first >= first + slices;
      const bool clear_before =
          after == runs_.begin() || std::prev(after)->first + std::prev(after)->second.slices <= first;
      if (clear_after && clear_before) return first;
    }
    return kSlices;
  }

  std::mutex mutex_;
  std::map<size_t, Run> runs_;
  size_t cursor_ = 0;
  static inline Slice table_[kSlices] = {};
};

}  // namespace heapreel::engine::testing
