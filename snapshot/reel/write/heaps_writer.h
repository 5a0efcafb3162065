// Writes which blocks are memory of another domain than their own, REEL_FORMAT.md, kind 25.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "engine/store/heap_list.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// One thread.
class HeapsWriter {
 public:
  // Takes in what changed up to a still that has a state, in which these are heaps.
  void add(uint32_t still, std::set<engine::Heap> heaps);
  bool empty() const { return rows_.empty(); }
  bool is_due() const { return rows_.size() >= kMostRows; }

  // The section of what was taken in since the last one.
  ByteWriter section();
  // What follows grows from nothing.
  void end_generation();

 private:
  static constexpr size_t kMostRows = 1 << 14;  // enough for a section of their own

  struct Row {
    uint32_t still;
    engine::Heap heap;
    bool ends;
  };

  std::vector<Row> rows_;  // ascending by still; those that end first
  std::set<engine::Heap> known_;
};

}  // namespace heapreel
