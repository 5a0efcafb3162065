#include <cstring>

#include "engine/unwind/frame_pc.h"
#include "engine/unwind/unwind_os.h"
#include "engine/unwind/unwind_signal_frame_x86_64.h"
#include "engine/unwind/unwind_special_frame.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;

bool step_signal_frame(const UnwindPosition& frame, UnwindPosition& caller, StackReads& reads) {
  const StackRange stack{frame.sp, frame.end};
  if (!stack.holds_word(frame.sp + signal_frame::kPcOffset)) return false;
  caller.pc = frame_pc::exact(reads.read(frame.sp + signal_frame::kPcOffset, WordUse::kExactPc));
  caller.sp = reads.read(frame.sp + signal_frame::kSpOffset, WordUse::kRegister);
  caller.bp = reads.read(frame.sp + signal_frame::kBpOffset, WordUse::kFramePointer);
  return true;
}

bool step_realigned_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller, StackReads& reads) {
  const StackRange stack{frame.sp, frame.end};
  const uintptr_t cfa_slot = frame.bp + static_cast<uintptr_t>(rule.cfa_offset());
  const uintptr_t bp_slot = frame.bp + static_cast<uintptr_t>(rule.bp_offset());
  reads.use_bp();
  if (!stack.holds_word(cfa_slot) || !stack.holds_word(bp_slot)) return false;
  const uintptr_t cfa = reads.read(cfa_slot, WordUse::kRegister);
  if (cfa > frame.end || !stack.holds_word(cfa - 8)) return false;
  caller.pc = reads.read(cfa - 8, WordUse::kReturnAddress);
  caller.sp = cfa;
  caller.bp = reads.read(bp_slot, WordUse::kFramePointer);
  return true;
}

}  // namespace

bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller,
                        StackReads& reads) noexcept {
  if (rule.kind() == Kind::kSignal) return step_signal_frame(frame, caller, reads);
  return rule.kind() == Kind::kRealigned && step_realigned_frame(rule, frame, caller, reads);
}

UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept {
  // mov $15, %rax; syscall: the restorer of a C library whose tables leave it out.
  constexpr uint8_t kRestorer[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
  const auto* const code = reinterpret_cast<const uint8_t*>(frame_pc::address(stored_pc));
  const bool readable = unwind_os::is_readable_word(reinterpret_cast<uintptr_t>(code)) &&
                        unwind_os::is_readable_word(reinterpret_cast<uintptr_t>(code) + sizeof kRestorer - 8);
  const bool restorer = readable && std::memcmp(code, kRestorer, sizeof kRestorer) == 0;
  return UnwindRule(restorer ? Kind::kSignal : Kind::kUncovered);
}

}  // namespace heapreel::engine
