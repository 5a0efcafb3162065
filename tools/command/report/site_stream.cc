#include "tools/command/report/site_stream.h"

#include <utility>

namespace heapreel::tools {

void SiteStream::add(size_t row, const SiteChange& change) {
  ByteWriter out;
  const bool has_reallocs = change.reallocs != 0;
  const bool has_forgotten = change.forgotten_blocks != 0;
  out.varint((row + 1 - next_row_) * 4 + (has_reallocs ? 1 : 0) + (has_forgotten ? 2 : 0));
  out.varint(change.allocs);
  out.varint(change.alloc_bytes);
  out.difference(change.frees, change.allocs);
  out.difference(change.freed_bytes, change.alloc_bytes);
  out.varint(change.allocs - change.temporary_blocks);
  out.varint(change.alloc_bytes - change.temporary_bytes);
  if (has_reallocs) out.varint(change.reallocs);
  if (has_forgotten) {
    out.varint(change.forgotten_blocks);
    out.varint(change.forgotten_bytes);
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
