// Address ranges whose sizes are powers of two: tables grow through them, and later tables use them again.
#pragma once

#include <bit>
#include <cstring>

#include "engine/memory/platform.h"
#include "engine/memory/store_memory.h"

namespace heapreel::engine {

// Owner: the holder of the consolidation lock.
class RangePool {
 public:
  static constexpr size_t kLeastBytes = 4096;

  static constexpr size_t rounded(size_t bytes) { return bytes <= kLeastBytes ? kLeastBytes : std::bit_ceil(bytes); }

  // Zeroed memory of rounded(bytes). It does not count as in use: its user counts what it touches. Null when address
  // space is spent.
  void* take(size_t bytes) {
    void*& first = free_[class_of(bytes)];
    if (first == nullptr) return StoreMemory::reserve(rounded(bytes));
    void* range = first;
    std::memcpy(&first, range, sizeof(first));
    std::memset(range, 0, sizeof(first));
    return range;
  }

  // Takes back a range that take(bytes) gave out. Its memory goes to the system.
  void give_back(void* range, size_t bytes) {
    void*& first = free_[class_of(bytes)];
    StoreMemory::release(range, rounded(bytes));
    std::memcpy(range, &first, sizeof(first));  // its first word links it to the next free range
    first = range;
  }

 private:
  static size_t class_of(size_t bytes) { return static_cast<size_t>(std::countr_zero(rounded(bytes))); }

  void* free_[64] = {};
};

}  // namespace heapreel::engine
