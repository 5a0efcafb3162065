// A reel file while it is made: sections are gathered, written piece by piece, and closed with an end and an index.
//
// Methods that can fail return an empty text, or what went wrong. After a failure the file has stopped: only finish()
// adds to it, with an end that says why.
#pragma once

#include <cstdint>
#include <string>

#include "snapshot/reel/format/reel_info.h"
#include "snapshot/reel/format/reel_section.h"
#include "snapshot/reel/write/reel_output.h"
#include "snapshot/reel/write/section_index.h"

namespace heapreel {

class ReelAppender {
 public:
  // `max_bytes` limits the whole file; 0: no limit.
  explicit ReelAppender(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  std::string open(const std::string& path, bool overwrite, const ReelHeader& header);

  // Gathers a section. flush() writes all that were gathered, or none of them.
  void add(reel_format::SectionKind kind, uint16_t flags, uint32_t still, const ByteWriter& contents);
  std::string flush();
  // Writes the end and the index. On a full disk it takes back the last sections for that, because a reel with an end
  // is worth more than one with a little more data.
  std::string finish(ReelEnd end);

  uint64_t file_bytes() const { return output_.size(); }
  ReelStop stop() const { return stop_; }
  // Why the file has stopped.
  const std::string& error() const { return error_; }

 private:
  std::string append_end(ReelEnd end);
  bool take_back_last_flush();
  uint64_t room_for_end() const;

  const uint64_t max_bytes_;
  ReelOutput output_;
  Bytes pending_;
  SectionIndex sections_;  // those of one flush are a group
  ReelStop stop_ = ReelStop::kNone;
  std::string error_;
};

}  // namespace heapreel
