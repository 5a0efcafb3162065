// Memory that is used again and again, and never cleared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace heapreel {

class ReusableBuffer {
 public:
  // Room for so many bytes, with any contents; valid until the next call.
  std::span<uint8_t> of(size_t bytes) {
    if (bytes > size_) {
      bytes_ = std::make_unique_for_overwrite<uint8_t[]>(bytes);
      size_ = bytes;
    }
    return {bytes_.get(), bytes};
  }

 private:
  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_ = 0;
};

}  // namespace heapreel
