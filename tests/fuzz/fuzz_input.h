// Takes an input apart from its front: fields of headers, and what is left. Past the end all is zero and empty.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace heapreel::testing {

class FuzzInput {
 public:
  explicit FuzzInput(std::span<const uint8_t> bytes) : left_(bytes) {}

  size_t left() const { return left_.size(); }
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  // At most `most` bytes.
  std::span<const uint8_t> bytes(size_t most) {
    const std::span<const uint8_t> taken = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  uint64_t number(size_t size) {
    uint64_t value = 0;
    const std::span<const uint8_t> taken = bytes(size);
    if (!taken.empty()) std::memcpy(&value, taken.data(), taken.size());
    return value;
  }

  std::span<const uint8_t> left_;
};

// Puts the fields of a file together, little-endian.
class FuzzImage {
 public:
  void number(uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> 8 * i);
  }
  void uleb(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void raw(std::span<const uint8_t> bytes) { bytes_.append(bytes.begin(), bytes.end()); }
  void raw(const std::string& bytes) { bytes_ += bytes; }

  const std::string& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

inline std::span<const uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace heapreel::testing
