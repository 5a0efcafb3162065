// The file a reel is written to. Every method that can fail returns an empty text or what went wrong.
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

  // The file is its owner's alone to read: it tells paths and command lines. An existing one is replaced only with
  // `overwrite`, and never through a link: neither a symbolic one nor one of several names of a file. A pipe or a device,
  // which `path` may name by a link too, is written to as it is.
  std::string open(const std::string& path, bool overwrite);
  // While it is open the file is locked (flock), by which readers know that more will come.
  // All of it or nothing: what was written of a failed append is taken back.
  std::string append(const Bytes& bytes);
  // Takes back everything from `size` on. False when that cannot be.
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
