// The DWARF ABI's numbers of those aarch64 registers that unwinding needs.
#pragma once

#include <cstdint>

namespace heapreel::engine::dwarf_register {

inline constexpr uint32_t kFramePointer = 29;    // x29
inline constexpr uint32_t kReturnAddress = 30;   // x30, the link register
inline constexpr uint32_t kStackPointer = 31;    // sp
inline constexpr uint32_t kProgramCounter = 32;  // the caller's pc is what x30 holds in it
inline constexpr uint32_t kCount = 33;

inline constexpr bool kSignsReturnAddresses = true;

}  // namespace heapreel::engine::dwarf_register
