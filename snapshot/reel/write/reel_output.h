// The file a reel is written to. Every method that can fail returns an empty text or what went wrong.
#pragma once

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

  // An existing file is replaced only with `overwrite`.
  std::string open(const std::string& path, bool overwrite);
  // All of it or nothing: what was written of a failed append is taken back.
  std::string append(const Bytes& bytes);
  // Takes back everything from `size` on. False when that cannot be.
  bool cut_to(uint64_t size);
  std::string close();

  uint64_t size() const { return size_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  std::string failed(const char* what) const;

  std::string path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace heapreel
