// Evaluates the DWARF expressions that call-frame rows may contain, safely: bounded steps, bounded stack,
// loads only from the stack being walked, and a clear failure when a register is needed that the walk does
// not know.
#pragma once

#include "engine/unwind/unwind_registers.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {

enum class CfiEvaluation : uint8_t {
  kDone,
  kUnknownRegister,  // needs a register this walk has not recovered
  kFailed,           // malformed, or a load from outside the stack
};

struct CfiExpression {
  const uint8_t* begin;
  const uint8_t* end;
};

// `initial`, when not null, is pushed first (register rules start with the CFA on the stack).
CfiEvaluation evaluate(CfiExpression expression, const UnwindRegisters& registers, StackRange stack,
                       const uintptr_t* initial, uintptr_t& result) noexcept;

}  // namespace heapreel::engine
