#include "tools/command/doctor/unwind_coverage.h"

#include <cstring>
#include <map>
#include <optional>

namespace heapreel::tools {
namespace {

// Goes through bytes; what lies beyond their end reads as 0, and is_good() is false then.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool is_good() const { return is_good_; }
  size_t left() const { return bytes_.size(); }

  template <class Number>
  Number take() {
    Number number{};
    if (bytes_.size() < sizeof(number)) {
      is_good_ = false;
      bytes_ = {};
      return number;
    }
    std::memcpy(&number, bytes_.data(), sizeof(number));
    bytes_ = bytes_.subspan(sizeof(number));
    return number;
  }
  uint64_t leb128() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = take<uint8_t>();
      number |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) break;
    }
    return number;
  }

 private:
  std::span<const uint8_t> bytes_;
  bool is_good_ = true;
};

// Bytes of an encoded pointer (DW_EH_PE_*); 0: of no fixed size.
size_t pointer_bytes(uint8_t encoding) {
  switch (encoding & 0x0f) {
    case 0x00:  // absptr
    case 0x04:  // udata8
    case 0x0c:  // sdata8
      return 8;
    case 0x03:  // udata4
    case 0x0b:  // sdata4
      return 4;
    case 0x02:  // udata2
    case 0x0a:  // sdata2
      return 2;
    default:
      return 0;
  }
}

// How an FDE of this CIE encodes addresses; nothing when the CIE cannot be read.
std::optional<uint8_t> pointer_encoding(Cursor cie) {
  constexpr uint8_t kAbsolute = 0;
  cie.take<uint8_t>();  // version
  char augmentation[8] = {};
  for (char& letter : augmentation) {
    letter = cie.take<char>();
    if (letter == '\0') break;
  }
  if (augmentation[0] != 'z') return augmentation[0] == '\0' ? std::optional(kAbsolute) : std::nullopt;
  cie.leb128();  // code alignment
  cie.leb128();  // data alignment
  cie.leb128();  // return address; of version 1 a byte, which is the same for small numbers
  cie.leb128();  // length of what follows
  for (const char* letter = augmentation + 1; *letter != '\0' && cie.is_good(); ++letter) {
    if (*letter == 'R') return cie.take<uint8_t>();
    if (*letter == 'L') {
      cie.take<uint8_t>();
    } else if (*letter == 'P') {
      const size_t bytes = pointer_bytes(cie.take<uint8_t>());
      if (bytes == 0) return std::nullopt;
      for (size_t i = 0; i < bytes; ++i) cie.take<uint8_t>();
    }
  }
  return kAbsolute;
}

}  // namespace

uint64_t covered_code_bytes(std::span<const uint8_t> eh_frame) {
  std::map<size_t, std::optional<uint8_t>> encodings;  // by where the CIE begins
  uint64_t covered = 0;
  for (size_t at = 0; at + 8 <= eh_frame.size();) {
    uint32_t length = 0;
    std::memcpy(&length, eh_frame.data() + at, sizeof(length));
    if (length == 0 || length == UINT32_MAX || at + 4 + length > eh_frame.size() || length < 4) break;
    Cursor entry(eh_frame.subspan(at + 4, length));
    const auto id = entry.take<uint32_t>();
    if (id == 0) {
      encodings[at] = pointer_encoding(entry);
    } else if (const auto cie = encodings.find(at + 4 - id); cie != encodings.end() && cie->second) {
      const size_t bytes = pointer_bytes(*cie->second);
      if (bytes == 8) {
        entry.take<uint64_t>();
        covered += entry.take<uint64_t>();
      } else if (bytes == 4) {
        entry.take<uint32_t>();
        covered += entry.take<uint32_t>();
      }
    }
    at += 4 + size_t{length};
  }
  return covered;
}

}  // namespace heapreel::tools
