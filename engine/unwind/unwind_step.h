// One exact step from a frame to its caller by the full call-frame row: for the few rows that have no short
// rule.
#pragma once

#include "engine/unwind/cfi_entry.h"
#include "engine/unwind/unwind_registers.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {

enum class UnwindStep : uint8_t {
  kStepped,
  kBottom,           // the row says that there is no caller
  kUnknownRegister,  // the row needs a register that the walk has not recovered
  kFailed,           // the row leads out of the stack or makes no sense
};

// Replaces the registers of a frame, its pc included, by its caller's. On failure they are as before.
UnwindStep unwind_step(const CfiRow& row, const CfiEntry& entry, StackRange stack, UnwindRegisters& registers) noexcept;

}  // namespace heapreel::engine
