// Rules of aarch64. A frame may keep its return address anywhere, or still in the link register.
#pragma once

#include <cstdint>

#include "engine/unwind/unwind_caller_place.h"

namespace heapreel::engine {

class UnwindRule {
 public:
  enum class Kind : uint8_t {
    // Plain rules: locate_caller() is enough.
    kStackPointer,  // CFA = sp + cfa_offset
    kFramePointer,  // CFA = x29 + cfa_offset
    // Rare rules.
    kLinkRegister,  // CFA = sp + cfa_offset, the return address is in x30: the leaf that a signal interrupted
    kSignal,        // the kernel's signal frame: registers from the ucontext at sp
    kBottom,        // the outermost frame: it has no return address
    kComplex,       // none of these: evaluate the row itself, every time
    kUncovered,     // code of a module that its table leaves out (hand-written assembly)
    kForeign,       // code of no module (JIT)
    kDamaged,       // the tables are broken here: stop
  };

  // The fields hold multiples of eight; negative ones are below the CFA.
  static constexpr int64_t kMostCfaOffset = (int64_t{1} << 26) - 8;
  static constexpr int64_t kMostSavedOffset = int64_t{1} << 20;

  constexpr UnwindRule() : UnwindRule(Kind::kDamaged) {}
  constexpr explicit UnwindRule(Kind kind, int64_t cfa_offset = 0, int64_t pc_offset = 0, int64_t bp_offset = 0)
      : bits_(static_cast<int64_t>(
            static_cast<uint64_t>(cfa_offset / 8) << 40 | (static_cast<uint64_t>(pc_offset / 8) & kSavedMask) << 22 |
            (static_cast<uint64_t>(bp_offset / 8) & kSavedMask) << 4 | static_cast<uint64_t>(kind))) {}

  constexpr Kind kind() const { return static_cast<Kind>(bits_ & 0xf); }
  constexpr bool is_plain() const { return kind() <= Kind::kFramePointer; }
  constexpr intptr_t cfa_offset() const { return bits_ >> 40 << 3; }
  // The offset from the CFA; 0 when the register is unchanged.
  constexpr intptr_t pc_offset() const { return saved(22); }
  constexpr intptr_t bp_offset() const { return saved(4); }
  constexpr bool reads_below_sp() const { return false; }  // see compile_rule()
  friend constexpr bool operator==(const UnwindRule&, const UnwindRule&) = default;

  // Where a plain frame's caller is. False when it would not be on the stack [sp, end).
  //
  // compile_rule() promises that a plain rule has its return address below the CFA, and kStackPointer all that it has
  // at or above sp.
  [[gnu::always_inline]] bool locate_caller(uintptr_t sp, uintptr_t bp, uintptr_t end, CallerPlace& place) const {
    const bool by_sp = kind() == Kind::kStackPointer;
    const uintptr_t cfa = (by_sp ? sp : bp) + static_cast<uintptr_t>(cfa_offset());
    place.sp = cfa;
    place.pc_at = cfa + static_cast<uintptr_t>(pc_offset());
    place.bp_at = bp_offset() != 0 ? cfa + static_cast<uintptr_t>(bp_offset()) : 0;
    if (by_sp) return cfa <= end;
    const uintptr_t lowest = place.bp_at != 0 && place.bp_at < place.pc_at ? place.bp_at : place.pc_at;
    return lowest >= sp && lowest < cfa && cfa <= end;
  }

 private:
  static constexpr uint64_t kSavedMask = (uint64_t{1} << 18) - 1;

  constexpr intptr_t saved(int shift) const {
    return static_cast<int64_t>(static_cast<uint64_t>(bits_) << (64 - 18 - shift)) >> (64 - 18) << 3;
  }

  int64_t bits_;  // cfa_offset/8:24 pc_offset/8:18 bp_offset/8:18 kind:4
};

}  // namespace heapreel::engine
