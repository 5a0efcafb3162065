#include "tools/command/report/site_stream.h"

#include <algorithm>

namespace heapreel::tools {

void SiteStream::add(size_t row, const SiteChange& change) {
  add(row, Parts{{{change.allocs - change.temporary_blocks, change.alloc_bytes - change.temporary_bytes},
                  {change.temporary_blocks, change.temporary_bytes},
                  {change.frees - change.temporary_blocks, change.freed_bytes - change.temporary_bytes},
                  {change.reallocs, 0},
                  {change.forgotten_blocks, change.forgotten_bytes}}});
}

void SiteStream::add(size_t row, const Parts& parts) {
  uint64_t present = 0;
  for (size_t i = 0; i < parts.size(); ++i) present |= uint64_t{parts[i].first != 0} << i;
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

void SiteStream::put_together(std::span<const uint32_t> places) {
  SiteStream made;
  Parts sums = {};
  size_t sums_row = 0;  // the new row that they are of
  ByteReader in(finish());
  size_t next_row = 0;
  size_t gap = 0;
  Parts parts = {};
  while (in.left() > 0) {
    uint64_t count = 1;
    if (const uint64_t head = in.varint(); head == 0) {
      count = in.varint();
    } else {
      gap = head / 32;
      for (size_t part = 0; part < parts.size(); ++part) {
        parts[part] = {};
        if ((head >> part & 1) == 0) continue;
        parts[part].first = in.varint();
        parts[part].second = in.varint();
      }
    }
    for (; count > 0; --count) {
      const size_t row = next_row + gap;
      next_row = row + 1;
      if (places[row] != sums_row) {
        made.add(sums_row, std::exchange(sums, Parts{}));
        sums_row = places[row];
      }
      for (size_t part = 0; part < parts.size(); ++part) {
        sums[part].first += parts[part].first;
        sums[part].second += parts[part].second;
      }
    }
  }
  made.add(sums_row, sums);
  *this = std::move(made);
}

void SiteStream::put_repeats() {
  if (repeats_ == 0) return;
  ByteWriter out;
  out.varint(0);
  out.varint(std::exchange(repeats_, 0));
  bytes_.insert(bytes_.end(), out.bytes().begin(), out.bytes().end());
}

uint64_t SiteStream::Cursor::live_bytes_after(size_t row, const Bytes& bytes) {
  for (;;) {
    if (left_ == 0) {
      if (at_ == bytes.size()) return live_bytes_;
      ByteReader in(std::span<const uint8_t>(bytes).subspan(at_));
      const uint64_t head = in.varint();
      if (head == 0) {
        left_ = in.varint();
      } else {
        left_ = 1;
        gap_ = head / 32;
        growth_ = 0;
        for (unsigned part = 0; part < 5; ++part) {
          if ((head >> part & 1) == 0) continue;
          in.varint();  // blocks
          const uint64_t part_bytes = in.varint();
          if (part == 0) growth_ += part_bytes;
          if (part == 2 || part == 4) growth_ -= part_bytes;
        }
      }
      at_ = bytes.size() - in.left();
    }
    const size_t next = next_row_ + gap_;
    if (next > row) return live_bytes_;
    const uint64_t passed = std::min<uint64_t>(left_, (row - next) / (gap_ + 1) + 1);
    next_row_ += passed * (gap_ + 1);
    live_bytes_ += passed * growth_;
    left_ -= passed;
  }
}

}  // namespace heapreel::tools
