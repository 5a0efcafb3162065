#include "snapshot/reel/write/reel_appender.h"

#include <optional>

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
  sections_.add(append_section(pending_, output_.size(), kind, flags, still, contents), offset);
}

uint64_t ReelAppender::room_for_end() const {
  constexpr uint64_t kEndBytes = 768;
  constexpr uint64_t kIndexEntryBytes = 17;  // at most
  return kEndBytes + (sections_.count() + 2) * kIndexEntryBytes;
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
    sections_.end_group();
  } else {
    sections_.drop_open_group();
    error_ = error;
  }
  return error;
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
  add(SectionKind::kIndex, 0, 0, sections_.contents());
  ByteWriter trailer;
  trailer.u64(index_offset);
  trailer.u64(trailer_checksum(index_offset));
  trailer.raw(reel_format::kTrailerMagic);
  pending_.insert(pending_.end(), trailer.bytes().begin(), trailer.bytes().end());

  std::string error = output_.append(pending_);
  pending_.clear();
  sections_.drop_open_group();
  return error;
}

bool ReelAppender::take_back_last_flush() {
  const std::optional<uint64_t> began = sections_.take_back_group();
  return began && output_.cut_to(*began);
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
