#include "tools/command/doctor/unwind_coverage.h"

#include <cstring>
#include <map>
#include <optional>

#include "snapshot/symbols/dwarf_cursor.h"

namespace heapreel::tools {
namespace {

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
std::optional<uint8_t> pointer_encoding(DwarfCursor cie) {
  constexpr uint8_t kAbsolute = 0;
  cie.u8();  // version
  char augmentation[8] = {};
  for (char& letter : augmentation) {
    letter = static_cast<char>(cie.u8());
    if (letter == '\0') break;
  }
  if (augmentation[0] != 'z') return augmentation[0] == '\0' ? std::optional(kAbsolute) : std::nullopt;
  cie.uleb();  // code alignment
  cie.uleb();  // data alignment
  cie.uleb();  // return address; of version 1 a byte, which is the same for small numbers
  cie.uleb();  // length of what follows
  for (const char* letter = augmentation + 1; *letter != '\0' && cie.ok(); ++letter) {
    if (*letter == 'R') return cie.u8();
    if (*letter == 'L') {
      cie.u8();
    } else if (*letter == 'P') {
      const size_t bytes = pointer_bytes(cie.u8());
      if (bytes == 0) return std::nullopt;
      cie.skip(bytes);
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
    DwarfCursor entry(eh_frame.subspan(at + 4, length));
    const auto id = entry.u32();
    if (id == 0) {
      encodings[at] = pointer_encoding(entry);
    } else if (const auto cie = encodings.find(at + 4 - id); cie != encodings.end() && cie->second) {
      const size_t bytes = pointer_bytes(*cie->second);
      if (bytes == 8) {
        entry.u64();
        covered += entry.u64();
      } else if (bytes == 4) {
        entry.u32();
        covered += entry.u32();
      }
    }
    at += 4 + size_t{length};
  }
  return covered;
}

}  // namespace heapreel::tools
