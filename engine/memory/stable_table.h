// A table whose entries never move: it grows by ranges, each as large as all before it. One owner adds entries. Readers
// on any thread or in any process may look at the entries below a count that was published to them.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/memory/range_pool.h"

namespace heapreel::engine {

// Owner: the holder of the consolidation lock.
template <class T>
class StableTable {
 public:
  static constexpr int kFirstBits = 8;
  static constexpr int kMostBits = 24;
  static constexpr uint32_t kMost = 1u << kMostBits;

  explicit StableTable(RangePool& ranges) : ranges_(ranges) {}
  StableTable(const StableTable&) = delete;
  StableTable& operator=(const StableTable&) = delete;

  // Makes `index` usable; all smaller ones must be. False when there is no room for more.
  bool make_room(uint32_t index) {
    if (index >= kMost) return false;
    const int part = part_of(index);
    if (parts_[part] == nullptr) parts_[part] = static_cast<T*>(ranges_.take(entries_in(part) * sizeof(T)));
    return parts_[part] != nullptr;
  }

  T& operator[](uint32_t index) { return parts_[part_of(index)][place_in_part(index)]; }
  const T& operator[](uint32_t index) const { return parts_[part_of(index)][place_in_part(index)]; }

 private:
  // Part 0 holds the first 2^kFirstBits entries, part k the 2^(kFirstBits + k - 1) that follow.
  static constexpr int part_of(uint32_t index) { return std::bit_width(index >> kFirstBits); }
  static constexpr size_t entries_in(int part) { return size_t{1} << (part == 0 ? kFirstBits : kFirstBits + part - 1); }
  static constexpr uint32_t place_in_part(uint32_t index) {
    return index >> kFirstBits == 0 ? index : index - std::bit_floor(index);
  }

  RangePool& ranges_;
  T* parts_[kMostBits - kFirstBits + 1] = {};
};

}  // namespace heapreel::engine
