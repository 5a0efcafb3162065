// The file that a reel is read from. Any thread, except for look_again(). Whatever fails throws ReelError.
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

  // The file's size when it was opened, or at the last look_again().
  uint64_t size() const { return size_; }
  // Looks at the file's size again. No other thread may read the file during the call.
  void look_again();
  // Whether somebody is writing it at this moment.
  bool is_being_written() const;
  Bytes read(uint64_t offset, uint64_t bytes) const;
  void read(uint64_t offset, std::span<uint8_t> bytes) const;

  // The header of the section at `offset`. It throws unless the section lies in the file completely and has an
  // acceptable size.
  SectionHeader section_header(uint64_t offset) const;

 private:
  int fd_;
  uint64_t size_;
};

}  // namespace heapreel
