#include "snapshot/reel/read/cross_thread_walk.h"

#include <algorithm>

namespace heapreel {

std::span<const CrossThreadGrowth> CrossThreadWalk::at(uint32_t still) {
  const auto& parts = contents_.cross_thread_parts();
  const auto skip = [&] {
    while (next_row_ < rows_.size() && rows_[next_row_].still < still) ++next_row_;
  };
  skip();
  next_part_ = std::max(next_part_, parts.first());
  // Sections ascend by the last still that they may tell about. None tells about a still that an earlier one may have
  // told about.
  while (next_row_ == rows_.size() && next_part_ < parts.size() &&
         (next_part_ == parts.first() || parts[next_part_ - 1].still < still)) {
    load(parts[next_part_++]);
    skip();
  }
  const size_t first = next_row_;
  while (next_row_ < rows_.size() && rows_[next_row_].still == still) ++next_row_;
  return std::span(rows_).subspan(first, next_row_ - first);
}

void CrossThreadWalk::load(const ReelPart& part) {
  const SectionHeader header = input_.section_header(part.offset);
  if (header.kind != reel_format::SectionKind::kCrossThreadFrees || header.still != part.still) {
    throw ReelError("damaged at byte " + std::to_string(part.offset) +
                    " (not the frees by other threads that the index names)");
  }
  rows_ = read_cross_thread_section(reader_.payload(part.offset, header), part.still, contents_.tables().site_count());
  next_row_ = 0;
  const auto& parts = contents_.cross_thread_parts();
  if (next_part_ >= parts.first() + 2 && !rows_.empty() && rows_.front().still <= parts[next_part_ - 2].still) {
    throw ReelError("frees by other threads are told twice");
  }
}

}  // namespace heapreel
