#include "tools/command/report/report_rows.h"

#include <algorithm>

namespace heapreel::tools {
namespace {

// `next` follows `row`.
void put_together(ReportRow& row, const ReportRow& next) {
  const ReportRow before = row;
  row = next;
  row.allocs += before.allocs;
  row.frees += before.frees;
  row.reallocs += before.reallocs;
  row.alloc_bytes += before.alloc_bytes;
  row.freed_bytes += before.freed_bytes;
  row.game_frames += before.game_frames;
  row.most_allocs = std::max(row.most_allocs, before.most_allocs);
  row.most_alloc_bytes = std::max(row.most_alloc_bytes, before.most_alloc_bytes);
}

}  // namespace

void ReportRows::add(const GameFrameRow& row) {
  ReportRow added{row};
  added.most_allocs = row.allocs;
  added.most_alloc_bytes = row.alloc_bytes;
  rows_.push_back(added);
}

std::vector<uint32_t> ReportRows::fold(size_t before, std::span<const size_t> kept) {
  const size_t end = std::max(folded_, std::min(before, rows_.size() - std::min(limits_.single, rows_.size())));
  uint64_t game_frames = 0;
  for (size_t row = 0; row < end; ++row) game_frames += rows_[row].game_frames;
  // A power of two, so that rows which were put together before lie in one step each.
  uint64_t step = 1;
  while (game_frames > step * limits_.steps) step *= 2;

  std::vector<uint32_t> places(rows_.size());
  std::vector<ReportRow> made;
  uint64_t passed = 0;   // game frames
  bool is_open = false;  // the last one that was made may get more
  for (size_t row = 0; row < rows_.size(); ++row) {
    const bool is_old = row < end;
    if (is_open && is_old && passed % step != 0) {
      put_together(made.back(), rows_[row]);
    } else {
      made.push_back(rows_[row]);
    }
    places[row] = static_cast<uint32_t>(made.size() - 1);
    passed += rows_[row].game_frames;
    is_open = is_old && !std::ranges::binary_search(kept, row);
    if (row + 1 == end) folded_ = made.size();
  }
  shift_ += rows_.size() - made.size();
  rows_ = std::move(made);
  return places;
}

}  // namespace heapreel::tools
