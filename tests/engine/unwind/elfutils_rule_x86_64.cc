#include "elfutils_location.h"
#include "engine/unwind/unwind_rule.h"
#include "engine/unwind/unwind_signal_frame_x86_64.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;

constexpr int kRbp = 6;
constexpr int kRsp = 7;
constexpr int kReturnAddress = 16;

}  // namespace

UnwindRule rule_by_elfutils(Dwarf_Frame* frame, bool signal, int return_address) {
  if (return_address != kReturnAddress) return UnwindRule();
  const Location pc = location_of(frame, kReturnAddress);
  const Location sp = location_of(frame, kRsp);
  const Location bp = location_of(frame, kRbp);
  Dwarf_Op* cfa = nullptr;
  size_t count = 0;
  if (pc.is_undefined()) return UnwindRule(Kind::kBottom);
  EXPECT_EQ(dwarf_frame_cfa(frame, &cfa, &count), 0);

  const bool dereferenced = count == 2 && cfa[1].atom == DW_OP_deref;
  if (signal) {
    const bool usual = dereferenced && cfa[0].atom == DW_OP_breg0 + kRsp &&
                       static_cast<int>(cfa[0].number) == signal_frame::kSpOffset &&
                       pc.saved_at_register(kRsp) == signal_frame::kPcOffset &&
                       sp.saved_at_register(kRsp) == signal_frame::kSpOffset &&
                       bp.saved_at_register(kRsp) == signal_frame::kBpOffset;
    return UnwindRule(usual ? Kind::kSignal : Kind::kComplex);
  }
  if (pc.saved_at() != -8 || !(sp.is_unchanged() || sp.is_cfa())) return UnwindRule(Kind::kComplex);
  if (dereferenced && cfa[0].atom == DW_OP_breg0 + kRbp) {
    const auto saved = bp.saved_at_register(kRbp);
    if (!saved) return UnwindRule(Kind::kComplex);
    return UnwindRule(Kind::kRealigned, static_cast<int32_t>(cfa[0].number), static_cast<int32_t>(*saved));
  }
  int64_t saved = 0;
  if (!bp.is_unchanged()) {
    if (!bp.saved_at() || *bp.saved_at() > -16) return UnwindRule(Kind::kComplex);
    saved = *bp.saved_at();
  }
  if (count != 1 || cfa[0].atom != DW_OP_bregx) return UnwindRule(Kind::kComplex);
  const auto offset = static_cast<int64_t>(cfa[0].number2);
  const auto rule = [&](Kind kind) {
    return UnwindRule(kind, static_cast<int32_t>(offset), static_cast<int32_t>(saved));
  };
  if (cfa[0].number == kRsp && offset >= 8 && offset + saved >= -128) return rule(Kind::kStackPointer);
  if (cfa[0].number == kRbp) {
    return rule(offset == 16 && saved == -16 ? Kind::kFramePointer : Kind::kBasePointer);
  }
  return UnwindRule(Kind::kComplex);
}

}  // namespace heapreel::engine
