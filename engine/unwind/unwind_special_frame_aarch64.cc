#include <cstring>

#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/unwind_os.h"
#include "engine/unwind/unwind_signal_frame_aarch64.h"
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
  caller.link = stack_word(frame.sp + signal_frame::kLinkOffset);  // read again by the step that needs it: see below
  return true;
}

// Only a frame that a signal interrupted can still have its return address in the link register.
bool step_leaf_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller, StackReads& reads) {
  reads.leave_out();  // the link register's word lies behind
  const uintptr_t cfa = frame.sp + static_cast<uintptr_t>(rule.cfa_offset());
  if (!frame_pc::is_exact(frame.pc) || cfa > frame.end) return false;
  caller.pc = cpu::return_address(frame.link);
  caller.sp = cfa;
  caller.bp = rule.bp_offset() != 0 ? stack_word(cfa + static_cast<uintptr_t>(rule.bp_offset())) : frame.bp;
  return true;
}

}  // namespace

bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller,
                        StackReads& reads) noexcept {
  if (rule.kind() == Kind::kSignal) return step_signal_frame(frame, caller, reads);
  return rule.kind() == Kind::kLinkRegister && step_leaf_frame(rule, frame, caller, reads);
}

UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept {
  constexpr uint32_t kRestorer[] = {0xd2801168, 0xd4000001};  // mov x8, #139: rt_sigreturn; svc #0
  constexpr uintptr_t kWord = 8;
  const uintptr_t pc = frame_pc::address(stored_pc);
  const uintptr_t last = pc + sizeof kRestorer - 1;
  const bool readable =
      unwind_os::is_readable_word(pc / kWord * kWord) && unwind_os::is_readable_word(last / kWord * kWord);
  const bool restorer = readable && std::memcmp(reinterpret_cast<const void*>(pc), kRestorer, sizeof kRestorer) == 0;
  return UnwindRule(restorer ? Kind::kSignal : Kind::kUncovered);
}

}  // namespace heapreel::engine
