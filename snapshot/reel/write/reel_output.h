// The file that a reel is written to. Every method that can fail returns an empty text, or what went wrong.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

class ReelOutput {
 public:
  ReelOutput() = default;
  ~ReelOutput();
  ReelOutput(const ReelOutput&) = delete;
  ReelOutput& operator=(const ReelOutput&) = delete;

  // Opens the file, which only its owner can read, because it contains paths and command lines. An existing file is
  // replaced only with `overwrite`, and never through a link: neither a symbolic link nor one of several names of a
  // file. A pipe or a device, to which `path` may lead by a link too, is written to directly.
  std::string open(const std::string& path, bool overwrite);
  // While it is open the file is locked (flock), by which readers know that more will come.
  // Appends all of the bytes or nothing: after a failure it takes back what was written.
  std::string append(const Bytes& bytes);
  // Takes back everything from `size` on. False when that is not possible.
  bool cut_to(uint64_t size);
  std::string close();

  uint64_t size() const { return size_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  std::string failed(const char* what) const;
  std::string opened() const;
  std::string open_existing(const struct stat& named);

  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace heapreel
