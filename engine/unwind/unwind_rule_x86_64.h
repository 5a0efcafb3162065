// Rules of x86_64. In every short form the return address lies at CFA - 8, and the caller's rsp is the CFA.
#pragma once

#include <cstdint>

#include "engine/unwind/unwind_caller_place.h"

namespace heapreel::engine {

class UnwindRule {
 public:
  enum class Kind : uint8_t {
    // Plain rules: locate_caller() is enough.
    kStackPointer,  // CFA = rsp + cfa_offset
    kBasePointer,   // CFA = rbp + cfa_offset
    kFramePointer,  // CFA = rbp + 16, rbp at CFA - 16: a proven frame-pointer frame
    // Rare rules.
    kRealigned,  // CFA = *(rbp + cfa_offset), rbp at rbp + bp_offset: a frame with a realigned stack
    kSignal,     // the kernel's signal frame: registers from the ucontext at rsp
    kBottom,     // the outermost frame: it has no return address
    kComplex,    // none of these: evaluate the row itself, every time
    kUncovered,  // code of a module that its table leaves out (hand-written assembly)
    kForeign,    // code of no module (JIT)
    kDamaged,    // the tables are broken here: stop
  };

  constexpr UnwindRule() = default;
  constexpr explicit UnwindRule(Kind kind, int32_t cfa_offset = 0, int32_t bp_offset = 0)
      : cfa_offset_(cfa_offset), bp_offset_and_kind_(bp_offset * 256 + static_cast<int32_t>(kind)) {}

  constexpr Kind kind() const { return static_cast<Kind>(bp_offset_and_kind_ & 0xff); }
  constexpr bool is_plain() const { return kind() <= Kind::kFramePointer; }
  constexpr intptr_t cfa_offset() const { return cfa_offset_; }
  // The offset from the CFA, or from rbp under kRealigned; 0 when rbp is unchanged.
  constexpr intptr_t bp_offset() const { return bp_offset_and_kind_ >> 8; }
  // Only for a frame that was interrupted while it returned.
  constexpr bool reads_below_sp() const { return kind() == Kind::kStackPointer && cfa_offset() + bp_offset() < 0; }
  friend constexpr bool operator==(const UnwindRule&, const UnwindRule&) = default;

  // Where a plain frame's caller is. False when it would not be on the stack [sp, end).
  //
  // compile_rule() keeps two promises, which need no check here: kStackPointer has cfa_offset >= 8 and a saved rbp in
  // [rsp - red zone, CFA - 8); kBasePointer has a saved rbp below CFA - 8.
  [[gnu::always_inline]] bool locate_caller(uintptr_t sp, uintptr_t bp, uintptr_t end, CallerPlace& place) const {
    uintptr_t cfa;
    place.bp_at = 0;
    if (kind() == Kind::kStackPointer) {
      cfa = sp + static_cast<uintptr_t>(cfa_offset());
      if (cfa > end) [[unlikely]]
        return false;
      if (bp_offset() != 0) place.bp_at = cfa + static_cast<uintptr_t>(bp_offset());
    } else {
      // A proven frame-pointer frame does not depend on `sp`: each load of bp needs only the one before.
      const bool chained = kind() == Kind::kFramePointer;
      cfa = bp + (chained ? 16 : static_cast<uintptr_t>(cfa_offset()));
      const uintptr_t saved = chained ? bp : cfa + static_cast<uintptr_t>(bp_offset());
      const uintptr_t lowest = saved < cfa - 8 ? saved : cfa - 8;
      if (lowest < sp || cfa > end || cfa < 16) [[unlikely]]
        return false;
      if (chained || bp_offset() != 0) place.bp_at = saved;
    }
    place.sp = cfa;
    place.pc_at = cfa - 8;
    return true;
  }

 private:
  int32_t cfa_offset_ = 0;
  int32_t bp_offset_and_kind_ = static_cast<int32_t>(Kind::kDamaged);
};

}  // namespace heapreel::engine
