// How one frame of a captured stack is stored in a machine word.
//
// A frame that was left by a call is stored as its return address: the call itself lies before it, so readers
// look up address - 1. A frame that was interrupted by a signal was left between two instructions: its
// address is exact and must not be moved. Bit 63 tells the two apart; user-space addresses never have it set.
#pragma once

#include <cstdint>

namespace heapreel::engine::frame_pc {

inline constexpr uintptr_t kExactBit = uintptr_t{1} << 63;

// The frame was interrupted (a signal frame lies below it): its address is the next instruction to run.
constexpr bool is_exact(uintptr_t stored) {
  return (stored & kExactBit) != 0;
}

// The program counter of the frame, as other unwinders report it.
constexpr uintptr_t address(uintptr_t stored) {
  return stored & ~kExactBit;
}

// An address inside the instruction that the frame was executing: what symbol and unwind tables are asked
// for.
constexpr uintptr_t lookup_address(uintptr_t stored) {
  return is_exact(stored) ? address(stored) : stored - 1;
}

constexpr uintptr_t exact(uintptr_t pc) {
  return pc | kExactBit;
}

}  // namespace heapreel::engine::frame_pc
