#include "tools/command/report/site_stream.h"

#include <iterator>
#include <utility>

namespace heapreel::tools {

void SiteStream::add(size_t row, const SiteChange& change) {
  const std::pair<uint64_t, uint64_t> parts[] = {
      {change.allocs - change.temporary_blocks, change.alloc_bytes - change.temporary_bytes},
      {change.temporary_blocks, change.temporary_bytes},
      {change.frees - change.temporary_blocks, change.freed_bytes - change.temporary_bytes},
      {change.reallocs, 0},
      {change.forgotten_blocks, change.forgotten_bytes}};
  uint64_t present = 0;
  for (size_t i = 0; i < std::size(parts); ++i) present |= uint64_t{parts[i].first != 0} << i;
  if (present == 0) return;
  ByteWriter out;
  out.varint((row - next_row_) * 32 + present);
  for (const auto& [blocks, bytes] : parts) {
    if (blocks == 0) continue;
    out.varint(blocks);
    out.varint(bytes);
  }
  next_row_ = row + 1;
  if (out.bytes() == last_) {
    ++repeats_;
    return;
  }
  put_repeats();
  last_ = out.bytes();
  bytes_.insert(bytes_.end(), last_.begin(), last_.end());
}

const Bytes& SiteStream::finish() {
  put_repeats();
  return bytes_;
}

void SiteStream::put_repeats() {
  if (repeats_ == 0) return;
  ByteWriter out;
  out.varint(0);
  out.varint(std::exchange(repeats_, 0));
  bytes_.insert(bytes_.end(), out.bytes().begin(), out.bytes().end());
}

}  // namespace heapreel::tools
