#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;
using RegisterKind = CfiRegisterRule::Kind;

bool is_unchanged(const CfiRegisterRule& rule) {
  return rule.kind == RegisterKind::kUnspecified || rule.kind == RegisterKind::kSameValue;
}

// Whether the register is saved in a word below the CFA that a rule can name.
bool is_saved_below(const CfiRegisterRule& rule) {
  return rule.kind == RegisterKind::kSavedAt && rule.offset <= -8 && rule.offset >= -UnwindRule::kMostSavedOffset &&
         rule.offset % 8 == 0;
}

}  // namespace

UnwindRule compile_rule(const CfiRow& row, const CfiEntry& entry) noexcept {
  if (entry.return_address_register >= dwarf_register::kProgramCounter) return UnwindRule(Kind::kDamaged);
  // Hand-written functions may keep the return address elsewhere (libc's rawmemchr: x15).
  if (entry.return_address_register != dwarf_register::kReturnAddress) return UnwindRule(Kind::kComplex);
  const CfiRegisterRule& pc = row.registers[dwarf_register::kReturnAddress];
  const CfiRegisterRule& sp = row.registers[dwarf_register::kStackPointer];
  const CfiRegisterRule& bp = row.registers[dwarf_register::kFramePointer];
  if (pc.kind == RegisterKind::kUndefined) return UnwindRule(Kind::kBottom);
  // Only the kernel makes such frames.
  if (entry.signal_frame) return UnwindRule(Kind::kSignal);

  const bool plain_sp = is_unchanged(sp) || (sp.kind == RegisterKind::kIs && sp.offset == 0);
  const bool plain_bp = is_unchanged(bp) || is_saved_below(bp);
  const int64_t offset = row.cfa.offset;
  const bool plain_cfa = row.cfa.kind == CfiCfaRule::Kind::kRegisterPlusOffset && offset % 8 == 0 &&
                         offset <= UnwindRule::kMostCfaOffset && offset >= -UnwindRule::kMostCfaOffset;
  if (!plain_sp || !plain_bp || !plain_cfa) return UnwindRule(Kind::kComplex);

  const int64_t bp_offset = is_unchanged(bp) ? 0 : bp.offset;
  const bool by_sp = row.cfa.reg == dwarf_register::kStackPointer;
  if (by_sp && (offset < 0 || offset + bp_offset < 0)) return UnwindRule(Kind::kComplex);
  if (is_unchanged(pc)) {
    return by_sp ? UnwindRule(Kind::kLinkRegister, offset, 0, bp_offset) : UnwindRule(Kind::kComplex);
  }
  if (!is_saved_below(pc)) return UnwindRule(Kind::kComplex);
  if (by_sp) {
    return offset + pc.offset < 0 ? UnwindRule(Kind::kComplex)
                                  : UnwindRule(Kind::kStackPointer, offset, pc.offset, bp_offset);
  }
  if (row.cfa.reg != dwarf_register::kFramePointer) return UnwindRule(Kind::kComplex);
  return UnwindRule(Kind::kFramePointer, offset, pc.offset, bp_offset);
}

}  // namespace heapreel::engine
