#include "snapshot/reel/write/cross_thread_writer.h"

#include <utility>

#include "snapshot/reel/format/number_column.h"

namespace heapreel {

using engine::CrossThreadFrees;
using engine::FrozenTraces;
using engine::SiteId;

void CrossThreadWriter::add(uint32_t still, const FrozenTraces* before, const FrozenTraces& after, uint32_t site_base) {
  if (before != nullptr && before->generation == after.generation) {
    FrozenTraces::for_each_cross_thread_difference(
        *before, after, [&](SiteId id, const CrossThreadFrees*, const CrossThreadFrees* now) {
          if (now != nullptr) grow(still, site_base + id, *now);
        });
  } else {
    after.for_each_cross_thread_frees(
        [&](SiteId id, const CrossThreadFrees& now) { grow(still, site_base + id, now); });
  }
}

void CrossThreadWriter::grow(uint32_t still, uint32_t site, const CrossThreadFrees& now) {
  CrossThreadFrees& known = known_[site];
  if (now == known) return;
  rows_.push_back({.still = still,
                   .site = site,
                   .growth = {.frees = now.frees - known.frees,
                              .freed_bytes = now.freed_bytes - known.freed_bytes,
                              .temporary_frees = now.temporary_frees - known.temporary_frees,
                              .temporary_bytes = now.temporary_bytes - known.temporary_bytes}});
  known = now;
}

ByteWriter CrossThreadWriter::section() {
  ByteWriter out;
  const auto column = [&](auto&& number_of) { write_lines(out, rows_, number_of); };
  out.varint(rows_.size());
  uint64_t still = 0;
  column([&](const Row& row) { return row.still - std::exchange(still, row.still); });
  uint64_t next_site = 0;
  still = rows_.empty() ? 0 : rows_.front().still;
  column([&](const Row& row) {
    if (std::exchange(still, row.still) != row.still) next_site = 0;
    return row.site - std::exchange(next_site, uint64_t{row.site} + 1);
  });
  column([](const Row& row) { return row.growth.frees; });
  column([](const Row& row) { return row.growth.freed_bytes; });
  column([](const Row& row) { return row.growth.frees - row.growth.temporary_frees; });
  column([](const Row& row) { return row.growth.freed_bytes - row.growth.temporary_bytes; });
  rows_.clear();
  return out;
}

void CrossThreadWriter::end_generation() {
  rows_.clear();
  known_.clear();
}

}  // namespace heapreel
