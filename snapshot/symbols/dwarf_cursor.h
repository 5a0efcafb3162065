// Reads little-endian values from the front of a DWARF section. Past the end all values are zero and ok() is false.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace heapreel {

using SectionBytes = std::span<const uint8_t>;

class DwarfCursor {
 public:
  explicit DwarfCursor(SectionBytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  const uint8_t* position() const { return at_; }

  uint8_t u8() { return at_ != end_ ? *at_++ : static_cast<uint8_t>(fail()); }
  uint16_t u16() { return static_cast<uint16_t>(fixed(2)); }
  uint32_t u32() { return static_cast<uint32_t>(fixed(4)); }
  uint64_t u64() { return fixed(8); }
  // A value of `size` bytes, at most 8.
  uint64_t fixed(size_t size) {
    uint64_t value = 0;
    if (size > 8 || size > left()) return fail();
    std::memcpy(&value, at_, size);
    at_ += size;
    return value;
  }
  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t byte = u8();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t byte = u8();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if (byte >= 0x80) continue;
      if ((byte & 0x40) != 0 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
      return static_cast<int64_t>(value);
    }
  }
  std::string_view string() {
    const auto* zero = left() > 0 ? static_cast<const uint8_t*>(std::memchr(at_, 0, left())) : nullptr;
    if (zero == nullptr) {
      fail();
      return {};
    }
    const std::string_view text(reinterpret_cast<const char*>(at_), static_cast<size_t>(zero - at_));
    at_ = zero + 1;
    return text;
  }
  void skip(uint64_t size) {
    if (size > left()) {
      fail();
    } else {
      at_ += size;
    }
  }
  // The next `size` bytes; none when they are not all there.
  SectionBytes bytes(uint64_t size) {
    const uint8_t* from = at_;
    skip(size);
    return ok_ ? SectionBytes(from, size) : SectionBytes();
  }
  DwarfCursor take(uint64_t size) { return DwarfCursor(bytes(size)); }

 private:
  uint64_t fail() {
    at_ = end_;
    ok_ = false;
    return 0;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

// The string at `offset` of a string section; empty when there is none.
inline std::string_view string_at(SectionBytes section, uint64_t offset) {
  return offset < section.size() ? DwarfCursor(section.subspan(offset)).string() : std::string_view();
}

}  // namespace heapreel
