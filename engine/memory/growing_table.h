// A table that grows by moving to a range twice as large. Only its owner may look at it, the holder of the
// consolidation lock; where others look too, use a StableTable.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/memory/range_pool.h"

namespace heapreel::engine {

template <class T>
class GrowingTable {
 public:
  explicit GrowingTable(RangePool& ranges) : ranges_(ranges) {}
  GrowingTable(const GrowingTable&) = delete;
  GrowingTable& operator=(const GrowingTable&) = delete;

  // Makes room for entries [0, count); new ones are all zero. False when address space is spent: then nothing has
  // changed.
  bool make_room(uint32_t count) {
    if (count <= room_) [[likely]]
      return true;
    const size_t bytes = RangePool::rounded(count * sizeof(T));
    auto* fresh = static_cast<T*>(ranges_.take(bytes));
    if (fresh == nullptr) return false;
    if (entries_ != nullptr) {
      std::memcpy(static_cast<void*>(fresh), entries_, room_ * sizeof(T));
      ranges_.give_back(entries_, room_ * sizeof(T));
    }
    entries_ = fresh;
    room_ = static_cast<uint32_t>(bytes / sizeof(T));
    return true;
  }

  uint32_t room() const { return room_; }
  T& operator[](uint32_t index) { return entries_[index]; }
  const T& operator[](uint32_t index) const { return entries_[index]; }
  T* data() { return entries_; }

 private:
  static_assert(std::has_single_bit(sizeof(T)), "room_ gives the range's size back");

  RangePool& ranges_;
  T* entries_ = nullptr;
  uint32_t room_ = 0;
};

}  // namespace heapreel::engine
