// The short form of a call-frame row that the stack walker caches: 8 bytes, no decoding beyond one shift.
#pragma once

#include <cstdint>

#include "engine/cfi_entry.h"
#include "engine/cfi_row.h"

namespace heapreel::engine {

// In every form the return address lies at CFA - 8, and the caller's stack pointer is the CFA.
class UnwindRule {
 public:
  enum class Kind : uint8_t {
    kStackPointer,  // CFA = rsp + cfa_offset
    kBasePointer,   // CFA = rbp + cfa_offset
    kFramePointer,  // CFA = rbp + 16, rbp at CFA - 16: a proven frame-pointer frame
    kRealigned,     // CFA = *(rbp + cfa_offset), rbp at rbp + bp_offset: a frame with a realigned stack
    kSignal,        // the kernel's signal frame: registers from the ucontext at rsp
    kBottom,        // the outermost frame: it has no return address
    kComplex,       // none of these: evaluate the row itself, every time
    kUncovered,     // code of a module that its table leaves out (hand-written assembly)
    kForeign,       // code of no module (JIT)
    kDamaged,       // the tables are broken here: stop
  };

  constexpr UnwindRule() = default;
  constexpr explicit UnwindRule(Kind kind, int32_t cfa_offset = 0, int32_t bp_offset = 0)
      : cfa_offset_(cfa_offset), bp_offset_and_kind_(bp_offset * 256 + static_cast<int32_t>(kind)) {}

  constexpr Kind kind() const { return static_cast<Kind>(bp_offset_and_kind_ & 0xff); }
  constexpr intptr_t cfa_offset() const { return cfa_offset_; }
  // From the CFA; 0 when rbp is unchanged. kRealigned: from rbp.
  constexpr intptr_t bp_offset() const { return bp_offset_and_kind_ >> 8; }
  friend constexpr bool operator==(const UnwindRule&, const UnwindRule&) = default;

 private:
  int32_t cfa_offset_ = 0;
  int32_t bp_offset_and_kind_ = static_cast<int32_t>(Kind::kDamaged);
};

// Rules keep these promises, so that the walker need not check them again:
//   kStackPointer: cfa_offset >= 8 and a saved rbp lies in [rsp - red zone, CFA - 8).
//   kBasePointer:  a saved rbp lies below CFA - 8.
UnwindRule compile_rule(const CfiRow& row, const CfiEntry& entry) noexcept;

}  // namespace heapreel::engine
