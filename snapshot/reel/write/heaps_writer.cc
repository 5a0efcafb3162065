#include "snapshot/reel/write/heaps_writer.h"

#include <utility>

#include "snapshot/reel/format/number_column.h"

namespace heapreel {

void HeapsWriter::add(uint32_t still, std::set<engine::Heap> heaps) {
  if (heaps == known_) return;
  for (const engine::Heap& heap : known_) {
    if (!heaps.contains(heap)) rows_.push_back({still, heap, true});
  }
  for (const engine::Heap& heap : heaps) {
    if (!known_.contains(heap)) rows_.push_back({still, heap, false});
  }
  known_ = std::move(heaps);
}

ByteWriter HeapsWriter::section() {
  ByteWriter out;
  const auto column = [&](auto&& number_of) { write_lines(out, rows_, number_of); };
  out.varint(rows_.size());
  uint64_t still = 0;
  column([&](const Row& row) { return row.still - std::exchange(still, row.still); });
  column([](const Row& row) { return row.heap.block; });
  column([](const Row& row) { return uint64_t{row.heap.domain} * 2 + (row.ends ? 1 : 0); });
  rows_.clear();
  return out;
}

void HeapsWriter::end_generation() {
  rows_.clear();
  known_.clear();
}

}  // namespace heapreel
