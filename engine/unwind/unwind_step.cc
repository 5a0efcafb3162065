#include "engine/unwind/unwind_step.h"

#include "engine/unwind/cfi_expression.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine {
namespace {

using Kind = CfiRegisterRule::Kind;

UnwindStep step_of(CfiEvaluation evaluation) {
  switch (evaluation) {
    case CfiEvaluation::kDone:
      return UnwindStep::kStepped;
    case CfiEvaluation::kUnknownRegister:
      return UnwindStep::kUnknownRegister;
    case CfiEvaluation::kFailed:
      break;
  }
  return UnwindStep::kFailed;
}

UnwindStep find_cfa(const CfiCfaRule& rule, StackRange stack, const UnwindRegisters& registers, uintptr_t& cfa) {
  if (rule.kind == CfiCfaRule::Kind::kExpression) {
    return step_of(evaluate({rule.expression, rule.expression_end}, registers, stack, nullptr, cfa));
  }
  if (rule.kind != CfiCfaRule::Kind::kRegisterPlusOffset) return UnwindStep::kFailed;
  if (!registers.knows(rule.reg)) return UnwindStep::kUnknownRegister;
  cfa = registers[static_cast<uint32_t>(rule.reg)] + static_cast<uintptr_t>(rule.offset);
  return UnwindStep::kStepped;
}

UnwindStep load(StackRange stack, uintptr_t address, uintptr_t& value) {
  if (!stack.holds_word(address)) return UnwindStep::kFailed;
  value = stack_word(address);
  return UnwindStep::kStepped;
}

// The value that one register has in the caller.
UnwindStep recover(const CfiRegisterRule& rule, uint32_t number, uintptr_t cfa, StackRange stack,
                   const UnwindRegisters& callee, uintptr_t& value) {
  const auto offset = static_cast<uintptr_t>(rule.offset);
  switch (rule.kind) {
    case Kind::kUndefined:
      return UnwindStep::kUnknownRegister;
    case Kind::kUnspecified:
    case Kind::kSameValue:
      if (!callee.knows(number)) return UnwindStep::kUnknownRegister;
      value = callee[number];
      return UnwindStep::kStepped;
    case Kind::kSavedAt:
      return load(stack, cfa + offset, value);
    case Kind::kIs:
      value = cfa + offset;
      return UnwindStep::kStepped;
    case Kind::kInRegister:
      if (!callee.knows(offset)) return UnwindStep::kUnknownRegister;
      value = callee[static_cast<uint32_t>(offset)];
      return UnwindStep::kStepped;
    case Kind::kSavedAtAddress:
    case Kind::kIsValue:
      break;
  }
  uintptr_t result = 0;
  const UnwindStep step = step_of(evaluate({rule.expression, rule.expression_end}, callee, stack, &cfa, result));
  if (step != UnwindStep::kStepped) return step;
  if (rule.kind == Kind::kSavedAtAddress) return load(stack, result, value);
  value = result;
  return UnwindStep::kStepped;
}

bool is_unspecified(const CfiRegisterRule& rule) {
  return rule.kind == Kind::kUnspecified;
}

}  // namespace

UnwindStep unwind_step(const CfiRow& row, const CfiEntry& entry, StackRange stack,
                       UnwindRegisters& registers) noexcept {
  using namespace dwarf_register;
  if (entry.return_address_register >= kCount) return UnwindStep::kFailed;
  const auto column = static_cast<uint32_t>(entry.return_address_register);
  if (row.registers[column].kind == Kind::kUndefined) return UnwindStep::kBottom;
  // On processors whose calls push the return address, a row must say where it is. Elsewhere it may still be in the
  // link register.
  constexpr bool kPushed = kProgramCounter == kReturnAddress;
  const bool unsaved = is_unspecified(row.registers[column]);
  if (kPushed && unsaved) return UnwindStep::kFailed;
  uintptr_t cfa = 0;
  if (const UnwindStep step = find_cfa(row.cfa, stack, registers, cfa); step != UnwindStep::kStepped) return step;
  // Only a signal frame may lead to another stack.
  const uintptr_t least = registers[kStackPointer] + (unsaved ? 0 : 1);
  if (!entry.signal_frame && (cfa < least || cfa > stack.high)) return UnwindStep::kFailed;

  UnwindRegisters caller;
  for (uint32_t number = 0; number < kCount; ++number) {
    const CfiRegisterRule& rule = row.registers[number];
    uintptr_t value = 0;
    if (!kPushed && number == kProgramCounter) continue;
    if (number == kStackPointer && is_unspecified(rule)) {
      caller.set(kStackPointer, cfa);
      continue;
    }
    const UnwindStep step = recover(rule, number, cfa, stack, registers, value);
    if (step == UnwindStep::kStepped) {
      caller.set(number, value);
    } else if (number == kStackPointer || number == column) {
      return step;  // without these there is no caller; any other register may stay unknown
    }
  }
  if (!kPushed) caller.set(kProgramCounter, cpu::return_address(caller[column]));
  registers = caller;
  return UnwindStep::kStepped;
}

}  // namespace heapreel::engine
