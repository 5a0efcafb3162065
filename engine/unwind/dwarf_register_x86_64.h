// The DWARF ABI's numbers of those x86_64 registers that unwinding needs.
#pragma once

#include <cstdint>

namespace heapreel::engine::dwarf_register {

inline constexpr uint32_t kFramePointer = 6;    // rbp
inline constexpr uint32_t kStackPointer = 7;    // rsp
inline constexpr uint32_t kReturnAddress = 16;  // a column of its own: the word that the call pushed
inline constexpr uint32_t kProgramCounter = kReturnAddress;
inline constexpr uint32_t kCount = 17;

// Whether call-frame programs may say that a return address is signed (DW_CFA_AARCH64_negate_ra_state).
inline constexpr bool kSignsReturnAddresses = false;

}  // namespace heapreel::engine::dwarf_register
