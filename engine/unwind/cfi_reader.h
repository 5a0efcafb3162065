// Bounded reading of call-frame information: no read ever leaves the range, whatever the bytes say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace heapreel::engine {

// Bytes of a mapped image. Addresses inside the tables are relative to where the bytes lie in memory.
struct CfiBytes {
  const uint8_t* begin = nullptr;
  const uint8_t* end = nullptr;

  bool contains(const uint8_t* at) const { return at >= begin && at < end; }
  bool empty() const { return begin >= end; }
};

// Pointer encodings (DW_EH_PE_*) of .eh_frame: the low half-byte is the form, the rest says what it is
// relative to.
namespace pointer_encoding {
inline constexpr uint8_t kFormMask = 0x0f;
inline constexpr uint8_t kRelationMask = 0x70;
inline constexpr uint8_t kPcRelative = 0x10;
inline constexpr uint8_t kDataRelative = 0x30;
inline constexpr uint8_t kIndirect = 0x80;
inline constexpr uint8_t kOmitted = 0xff;
}  // namespace pointer_encoding

// A cursor with a sticky failure: after a read past the end every further read returns 0 and ok() stays
// false.
class CfiReader {
 public:
  CfiReader(const uint8_t* at, const uint8_t* end) : at_(at), end_(end), ok_(at <= end) {}
  explicit CfiReader(CfiBytes bytes) : CfiReader(bytes.begin, bytes.end) {}

  bool ok() const { return ok_; }
  bool at_end() const { return !ok_ || at_ == end_; }
  const uint8_t* at() const { return at_; }
  size_t remaining() const { return ok_ ? static_cast<size_t>(end_ - at_) : 0; }
  void fail() { ok_ = false; }

  // Returns where the skipped bytes begin.
  const uint8_t* skip(uint64_t bytes) {
    const uint8_t* const skipped = at_;
    if (bytes > remaining()) {
      ok_ = false;
    } else {
      at_ += bytes;
    }
    return skipped;
  }

  template <typename Integer>
  Integer fixed() {
    Integer value = 0;
    const uint8_t* const from = skip(sizeof value);
    if (ok_) std::memcpy(&value, from, sizeof value);
    return value;
  }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<uint8_t>();
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;  // longer than any 64-bit number
    return 0;
  }

  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = fixed<uint8_t>();
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) {
        if ((byte & 0x40) != 0 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
        return static_cast<int64_t>(value);
      }
    }
    ok_ = false;
    return 0;
  }

  // A pointer in one of the encodings above. Forms that would need a load from elsewhere (indirect) or a base
  // that the image does not name (text-, function-relative, aligned) fail.
  uintptr_t encoded(uint8_t encoding, const uint8_t* data_base) {
    const auto here = reinterpret_cast<uintptr_t>(at_);
    const uintptr_t value = form(encoding & pointer_encoding::kFormMask);
    if ((encoding & pointer_encoding::kIndirect) != 0) ok_ = false;
    switch (encoding & pointer_encoding::kRelationMask) {
      case 0:
        return value;
      case pointer_encoding::kPcRelative:
        return here + value;
      case pointer_encoding::kDataRelative:
        return reinterpret_cast<uintptr_t>(data_base) + value;
      default:
        ok_ = false;
        return 0;
    }
  }

  // The bare number of an encoded pointer, as lengths are stored.
  uintptr_t form(uint8_t form) {
    switch (form) {
      case 0x00:
        return fixed<uint64_t>();  // absolute
      case 0x01:
        return uleb();
      case 0x02:
        return fixed<uint16_t>();
      case 0x03:
        return fixed<uint32_t>();
      case 0x04:
        return fixed<uint64_t>();
      case 0x09:
        return static_cast<uintptr_t>(sleb());
      case 0x0a:
        return static_cast<uintptr_t>(intptr_t{fixed<int16_t>()});
      case 0x0b:
        return static_cast<uintptr_t>(intptr_t{fixed<int32_t>()});
      case 0x0c:
        return static_cast<uintptr_t>(fixed<int64_t>());
      default:
        ok_ = false;
        return 0;
    }
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_;
};

}  // namespace heapreel::engine
