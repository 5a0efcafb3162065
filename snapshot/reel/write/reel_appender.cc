#include "snapshot/reel/write/reel_appender.h"

namespace heapreel {

using reel_format::SectionKind;

std::string ReelAppender::open(const std::string& path, bool overwrite, const ReelHeader& header) {
  if (std::string error = output_.open(path, overwrite); !error.empty()) return error;
  ByteWriter preamble;
  preamble.raw(reel_format::kMagic);
  preamble.u16(reel_format::kMajorVersion);
  preamble.u16(reel_format::kMinorVersion);
  preamble.u32(preamble_checksum(reel_format::kMajorVersion, reel_format::kMinorVersion));
  pending_ = preamble.bytes();
  ByteWriter out;
  write_header(out, header);
  add(SectionKind::kHeader, 0, 0, out);
  return flush();
}

void ReelAppender::add(SectionKind kind, uint16_t flags, uint32_t still, const ByteWriter& contents) {
  const uint64_t offset = output_.size() + pending_.size();
  sections_.push_back({append_section(pending_, output_.size(), kind, flags, still, contents), offset});
}

uint64_t ReelAppender::room_for_end() const {
  constexpr uint64_t kEndBytes = 768;
  constexpr uint64_t kIndexEntryBytes = 17;  // at most
  return kEndBytes + (sections_.size() + 2) * kIndexEntryBytes;
}

std::string ReelAppender::flush() {
  std::string error;
  if (max_bytes_ != 0 && output_.size() + pending_.size() + room_for_end() > max_bytes_) {
    stop_ = ReelStop::kMaxSize;
    error = "the reel has reached its largest size of " + std::to_string(max_bytes_) + " bytes";
  } else {
    error = output_.append(pending_);
    if (!error.empty()) stop_ = ReelStop::kWriteError;
  }
  pending_.clear();
  if (error.empty()) {
    flushes_.push_back(sections_written_);
    sections_written_ = sections_.size();
  } else {
    sections_.resize(sections_written_);
    error_ = error;
  }
  return error;
}

ByteWriter ReelAppender::index() const {
  ByteWriter out;
  out.varint(sections_.size());
  uint64_t before = 0;
  for (const Placed& section : sections_) {
    out.u8(static_cast<uint8_t>(section.header.kind));
    out.u8(static_cast<uint8_t>(section.header.flags));
    out.varint(section.header.still);
    out.varint(section.offset - before);
    before = section.offset;
  }
  return out;
}

std::string ReelAppender::append_end(ReelEnd end) {
  end.stop = stop_;
  if (end.costs.known() || end.costs.misses_malloc != 0) {
    ByteWriter costs;
    write_costs(costs, end.costs);
    add(SectionKind::kCosts, 0, 0, costs);
  }
  ByteWriter out;
  write_end(out, end);
  add(SectionKind::kEnd, 0, 0, out);

  const uint64_t index_offset = output_.size() + pending_.size();
  add(SectionKind::kIndex, 0, 0, index());
  ByteWriter trailer;
  trailer.u64(index_offset);
  trailer.u64(trailer_checksum(index_offset));
  trailer.raw(reel_format::kTrailerMagic);
  pending_.insert(pending_.end(), trailer.bytes().begin(), trailer.bytes().end());

  std::string error = output_.append(pending_);
  pending_.clear();
  sections_.resize(sections_written_);
  return error;
}

// The first flush, which has the header, is never taken back.
bool ReelAppender::take_back_last_flush() {
  if (flushes_.size() < 2) return false;
  if (!output_.cut_to(sections_[flushes_.back()].offset)) return false;
  sections_written_ = flushes_.back();
  sections_.resize(sections_written_);
  flushes_.pop_back();
  return true;
}

std::string ReelAppender::finish(ReelEnd end) {
  std::string error = append_end(end);
  while (!error.empty() && take_back_last_flush()) {
    stop_ = ReelStop::kWriteError;
    if (error_.empty()) error_ = error;
    error = append_end(end);
  }
  if (const std::string closing = output_.close(); error.empty()) error = closing;
  return error.empty() ? error_ : error;
}

}  // namespace heapreel
