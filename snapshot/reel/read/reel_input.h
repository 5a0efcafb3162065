// The file a reel is read from. Any thread, but for look_again(). What fails throws ReelError.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "snapshot/reel/format/reel_section.h"

namespace heapreel {

class ReelInput {
 public:
  explicit ReelInput(const std::string& path);
  ~ReelInput();
  ReelInput(const ReelInput&) = delete;
  ReelInput& operator=(const ReelInput&) = delete;

  // As of its opening, or of the last look_again().
  uint64_t size() const { return size_; }
  // Takes note of what the file has become meanwhile. No other thread may read it during the call.
  void look_again();
  // Whether somebody is writing it at this moment.
  bool is_being_written() const;
  Bytes read(uint64_t offset, uint64_t bytes) const;
  void read(uint64_t offset, std::span<uint8_t> bytes) const;

  // The header of the section at `offset`, which lies in the file as a whole and is of bearable size.
  SectionHeader section_header(uint64_t offset) const;

 private:
  int fd_;
  uint64_t size_;
};

}  // namespace heapreel
