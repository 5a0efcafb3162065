#include <cstring>

#include "engine/unwind/call_site.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {
namespace {

constexpr uintptr_t kLongestCall = 7;  // without prefixes

// FF /2: a call through a register or memory, whose ModRM byte, SIB byte and displacement fill `length` bytes.
bool is_indirect_call(const uint8_t* code, int length) {
  constexpr uint8_t kOpcode = 0xff;
  if (code[0] != kOpcode || (code[1] >> 3 & 7) != 2) return false;
  const int mod = code[1] >> 6;
  const int rm = code[1] & 7;
  if (mod == 3) return length == 2;
  const bool has_sib = rm == 4;
  int needed = has_sib ? 3 : 2;
  if (mod == 1) needed += 1;
  if (mod == 2 || (mod == 0 && (has_sib ? (code[2] & 7) == 5 : rm == 5))) needed += 4;
  return length == needed;
}

}  // namespace

bool is_call_site(uintptr_t pc) noexcept {
  constexpr uintptr_t kLowest = 64 * 1024;            // nothing is mapped below
  constexpr uintptr_t kHighest = uintptr_t{1} << 47;  // nor above, unless a program asks for it
  constexpr uint8_t kDirectCall = 0xe8;
  constexpr int kDirectLength = 5;
  if (pc < kLowest || pc >= kHighest || !unwind_os::is_readable_word(pc - 8)) return false;
  uint8_t code[kLongestCall];
  std::memcpy(code, reinterpret_cast<const void*>(pc - kLongestCall), sizeof code);
  for (int length = 2; length <= static_cast<int>(kLongestCall); ++length) {
    if (is_indirect_call(code + kLongestCall - length, length)) return true;
  }
  if (code[kLongestCall - kDirectLength] != kDirectCall) return false;
  int32_t distance;
  std::memcpy(&distance, code + kLongestCall - 4, sizeof distance);
  return unwind_os::is_readable_word(pc + static_cast<uintptr_t>(intptr_t{distance}));
}

}  // namespace heapreel::engine
