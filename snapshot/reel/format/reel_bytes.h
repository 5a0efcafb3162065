// Bytes as reels hold them: little-endian words, LEB128 varints, zigzag for signed differences.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heapreel/errors.h>

namespace heapreel {

using Bytes = std::vector<uint8_t>;

// Maps signed numbers so that small ones of either sign become small.
constexpr uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ static_cast<uint64_t>(static_cast<int64_t>(difference) >> 63);
}
constexpr uint64_t unzigzag(uint64_t value) {
  return value >> 1 ^ -(value & 1);
}

// Throws ReelError when `number` does not fit.
inline uint32_t narrow(uint64_t number) {
  if (number > UINT32_MAX) [[unlikely]]
    throw ReelError("a number is out of range");
  return static_cast<uint32_t>(number);
}

class ByteWriter {
 public:
  void u8(uint8_t value) { bytes_.push_back(value); }
  void u16(uint16_t value) { word(value); }
  void u32(uint32_t value) { word(value); }
  void u64(uint64_t value) { word(value); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<uint8_t>(value));
  }
  // Modulo 2^64, so that any two words have a difference.
  void difference(uint64_t value, uint64_t base) { varint(zigzag(value - base)); }
  void text(std::string_view text) {
    varint(text.size());
    raw(text);
  }
  void raw(std::string_view bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  void raw(std::span<const uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  // Marks that another kind of data follows, so that the compressor counts frequencies anew. It leaves no trace in the
  // bytes.
  void end_column() {
    const size_t before = column_ends_.empty() ? 0 : column_ends_.back();
    if (bytes_.size() - before >= kLeastColumnBytes) column_ends_.push_back(bytes_.size());
  }

  void append(const ByteWriter& other) { bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end()); }

  const Bytes& bytes() const { return bytes_; }
  const std::vector<size_t>& column_ends() const { return column_ends_; }

 private:
  // A column of at least about this many bytes is worth a table of frequencies of its own.
  static constexpr size_t kLeastColumnBytes = 256;

  template <class Word>
  void word(Word value) {
    for (size_t i = 0; i < sizeof(Word); ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }

  Bytes bytes_;
  std::vector<size_t> column_ends_;
};

// Never reads past the end: throws ReelError.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  size_t left() const { return static_cast<size_t>(end_ - at_); }
  uint8_t u8() { return *take(1); }
  uint16_t u16() { return word<uint16_t>(); }
  uint32_t u32() { return word<uint32_t>(); }
  uint64_t u64() { return word<uint64_t>(); }

  uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = u8();
      if (shift == 63 && byte > 1) break;
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    throw ReelError("a number is out of range");
  }
  uint32_t varint32() { return narrow(varint()); }
  uint64_t difference(uint64_t base) { return base + unzigzag(varint()); }
  // How many entries follow; each takes at least `least_bytes`.
  size_t count(size_t least_bytes) {
    const uint64_t count = varint();
    if (count > left() / least_bytes) throw ReelError("a count exceeds what is there");
    return static_cast<size_t>(count);
  }
  std::string_view text() {
    const size_t size = count(1);
    return {reinterpret_cast<const char*>(take(size)), size};
  }

  std::span<const uint8_t> raw(size_t size) { return {take(size), size}; }

  void expect_end() const {
    if (left() != 0) throw ReelError("a section is longer than its contents");
  }

 private:
  const uint8_t* take(size_t size) {
    if (size > left()) throw ReelError("a section ends early");
    const uint8_t* taken = at_;
    at_ += size;
    return taken;
  }
  template <class Word>
  Word word() {
    const uint8_t* bytes = take(sizeof(Word));
    Word value = 0;
    for (size_t i = 0; i < sizeof(Word); ++i) value = static_cast<Word>(value | Word{bytes[i]} << (8 * i));
    return value;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace heapreel
