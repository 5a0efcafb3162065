#include "elfutils_location.h"
#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;

constexpr int kX29 = 29;
constexpr int kX30 = 30;
constexpr int kSp = 31;

bool fits(int64_t offset) {
  return offset <= -8 && offset % 8 == 0 && offset >= -UnwindRule::kMostSavedOffset;
}

}  // namespace

UnwindRule rule_by_elfutils(Dwarf_Frame* frame, bool signal, int return_address) {
  const Location pc = location_of(frame, kX30);
  const Location sp = location_of(frame, kSp);
  const Location bp = location_of(frame, kX29);
  if (return_address != kX30) return UnwindRule(Kind::kComplex);
  if (pc.is_undefined()) return UnwindRule(Kind::kBottom);
  if (signal) return UnwindRule(Kind::kSignal);
  Dwarf_Op* cfa = nullptr;
  size_t count = 0;
  EXPECT_EQ(dwarf_frame_cfa(frame, &cfa, &count), 0);
  if (!(sp.is_unchanged() || sp.is_cfa())) return UnwindRule(Kind::kComplex);
  if (count != 1 || cfa[0].atom != DW_OP_bregx) return UnwindRule(Kind::kComplex);
  if (!bp.is_unchanged() && !(bp.saved_at() && fits(*bp.saved_at()))) return UnwindRule(Kind::kComplex);

  const auto offset = static_cast<int64_t>(cfa[0].number2);
  const int64_t bp_offset = bp.is_unchanged() ? 0 : *bp.saved_at();
  const bool by_sp = cfa[0].number == kSp;
  if (offset % 8 != 0 || (!by_sp && cfa[0].number != kX29)) return UnwindRule(Kind::kComplex);
  if (by_sp && (offset < 0 || offset + bp_offset < 0)) return UnwindRule(Kind::kComplex);
  if (pc.is_unchanged()) {
    return by_sp ? UnwindRule(Kind::kLinkRegister, offset, 0, bp_offset) : UnwindRule(Kind::kComplex);
  }
  if (!pc.saved_at() || !fits(*pc.saved_at())) return UnwindRule(Kind::kComplex);
  if (by_sp && offset + *pc.saved_at() < 0) return UnwindRule(Kind::kComplex);
  return UnwindRule(by_sp ? Kind::kStackPointer : Kind::kFramePointer, offset, *pc.saved_at(), bp_offset);
}

}  // namespace heapreel::engine
