// The part of a stack that a walk may read: [low, high).
#pragma once

#include <cstdint>
#include <cstring>

namespace heapreel::engine {

struct StackRange {
  // Bytes below rsp that the ABI keeps unharmed by signal handlers.
  static constexpr int kRedZone = 128;

  uintptr_t low = 0;
  uintptr_t high = 0;

  bool holds_word(uintptr_t address) const { return address >= low && address < high && high - address >= 8; }
};

// A word of a stack. The caller has proved that it may be read.
[[gnu::always_inline]] inline uintptr_t stack_word(uintptr_t address) {
  uintptr_t word;
  std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
  return word;
}

}  // namespace heapreel::engine
