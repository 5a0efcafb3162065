#include "engine/unwind/unwind_rule.h"

#include "engine/unwind/cfi_reader.h"
#include "engine/unwind/unwind_signal_frame_x86_64.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;
using RegisterKind = CfiRegisterRule::Kind;

constexpr int64_t kMaxBpOffset = (1 << 23) - 1;
constexpr uint8_t kBaseRegister0 = 0x70;  // DW_OP_breg0
constexpr uint8_t kDereference = 0x06;    // DW_OP_deref

// Whether the expression is `register + offset`, with `tail` (0 = nothing) as its last operation.
bool is_register_plus(const uint8_t* begin, const uint8_t* end, uint32_t reg, uint8_t tail, int64_t& offset) {
  CfiReader reader(begin, end);
  if (reader.fixed<uint8_t>() != kBaseRegister0 + reg) return false;
  offset = reader.sleb();
  if (tail != 0 && reader.fixed<uint8_t>() != tail) return false;
  return reader.ok() && reader.at_end();
}

bool saved_at_rsp_plus(const CfiRegisterRule& rule, int64_t expected) {
  int64_t offset = 0;
  return rule.kind == RegisterKind::kSavedAtAddress &&
         is_register_plus(rule.expression, rule.expression_end, dwarf_register::kStackPointer, 0, offset) &&
         offset == expected;
}

bool is_kernel_signal_frame(const CfiRow& row) {
  int64_t offset = 0;
  return row.cfa.kind == CfiCfaRule::Kind::kExpression &&
         is_register_plus(row.cfa.expression, row.cfa.expression_end, dwarf_register::kStackPointer, kDereference,
                          offset) &&
         offset == signal_frame::kSpOffset &&
         saved_at_rsp_plus(row.registers[dwarf_register::kReturnAddress], signal_frame::kPcOffset) &&
         saved_at_rsp_plus(row.registers[dwarf_register::kStackPointer], signal_frame::kSpOffset) &&
         saved_at_rsp_plus(row.registers[dwarf_register::kFramePointer], signal_frame::kBpOffset);
}

// GCC's realigned frames: CFA = *(rbp - n), and the caller's rbp where rbp points.
UnwindRule compile_realigned(const CfiRow& row) {
  const CfiRegisterRule& bp = row.registers[dwarf_register::kFramePointer];
  int64_t cfa_slot = 0;
  int64_t bp_slot = 0;
  const bool fits = is_register_plus(row.cfa.expression, row.cfa.expression_end, dwarf_register::kFramePointer,
                                     kDereference, cfa_slot) &&
                    bp.kind == RegisterKind::kSavedAtAddress &&
                    is_register_plus(bp.expression, bp.expression_end, dwarf_register::kFramePointer, 0, bp_slot) &&
                    cfa_slot >= INT32_MIN && cfa_slot <= INT32_MAX && bp_slot >= -kMaxBpOffset &&
                    bp_slot <= kMaxBpOffset;
  if (!fits) return UnwindRule(Kind::kComplex);
  return UnwindRule(Kind::kRealigned, static_cast<int32_t>(cfa_slot), static_cast<int32_t>(bp_slot));
}

bool is_unchanged(const CfiRegisterRule& rule) {
  return rule.kind == RegisterKind::kUnspecified || rule.kind == RegisterKind::kSameValue;
}

}  // namespace

UnwindRule compile_rule(const CfiRow& row, const CfiEntry& entry) noexcept {
  const CfiRegisterRule& pc = row.registers[dwarf_register::kReturnAddress];
  if (entry.return_address_register != dwarf_register::kReturnAddress || pc.kind == RegisterKind::kUnspecified) {
    return UnwindRule(Kind::kDamaged);
  }
  const CfiRegisterRule& sp = row.registers[dwarf_register::kStackPointer];
  const CfiRegisterRule& bp = row.registers[dwarf_register::kFramePointer];
  if (pc.kind == RegisterKind::kUndefined) return UnwindRule(Kind::kBottom);
  if (entry.signal_frame) return UnwindRule(is_kernel_signal_frame(row) ? Kind::kSignal : Kind::kComplex);

  const bool plain_pc = pc.kind == RegisterKind::kSavedAt && pc.offset == -8;
  const bool plain_sp = is_unchanged(sp) || (sp.kind == RegisterKind::kIs && sp.offset == 0);
  if (!plain_pc || !plain_sp) return UnwindRule(Kind::kComplex);
  if (row.cfa.kind == CfiCfaRule::Kind::kExpression) return compile_realigned(row);

  int32_t bp_offset = 0;
  if (bp.kind == RegisterKind::kSavedAt && bp.offset <= -16 && bp.offset >= -kMaxBpOffset) {
    bp_offset = static_cast<int32_t>(bp.offset);
  } else if (!is_unchanged(bp)) {
    return UnwindRule(Kind::kComplex);
  }
  const int64_t offset = row.cfa.offset;
  // Epilogues pop rbp before their rules forget where it was saved: the word is then just below rsp, still
  // unharmed when the function is interrupted there.
  if (row.cfa.reg == dwarf_register::kStackPointer && offset >= 8 && offset <= INT32_MAX &&
      offset + bp_offset >= -int64_t{StackRange::kRedZone}) {
    return UnwindRule(Kind::kStackPointer, static_cast<int32_t>(offset), bp_offset);
  }
  if (row.cfa.reg == dwarf_register::kFramePointer && offset >= INT32_MIN && offset <= INT32_MAX) {
    const bool frame_pointer = offset == 16 && bp_offset == -16;
    return UnwindRule(frame_pointer ? Kind::kFramePointer : Kind::kBasePointer, static_cast<int32_t>(offset),
                      bp_offset);
  }
  return UnwindRule(Kind::kComplex);
}

}  // namespace heapreel::engine
