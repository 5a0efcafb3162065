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

// An instruction, or 0 (which is none) where nothing can be read.
uint32_t instruction_at(uintptr_t address) {
  const uintptr_t word = address & ~uintptr_t{7};
  return address % 4 == 0 && unwind_os::is_readable_word(word) ? *reinterpret_cast<const uint32_t*>(address) : 0;
}

// A stub of the linker: adrp x16; ldr x17; add x16; br x17. The first stub, for lazy binding, pushes x16 and x30 before
// that. All leave the return address in x30. `pushed` is how many bytes lie on top of the caller's stack.
bool is_in_stub(uintptr_t pc, int64_t& pushed) {
  constexpr uint32_t kJump = 0xd61f0220;  // br x17
  constexpr uint32_t kPush = 0xa9bf7bf0;  // stp x16, x30, [sp, #-16]!
  constexpr int kInstructions = 4;
  bool jumps = false;
  for (int i = 0; i < kInstructions && !jumps; ++i) jumps = instruction_at(pc + 4 * static_cast<unsigned>(i)) == kJump;
  if (!jumps) return false;
  pushed = 0;
  for (int i = 1; i <= kInstructions; ++i) {
    const uint32_t before = instruction_at(pc - 4 * static_cast<unsigned>(i));
    if (before == kPush) pushed = 16;
    if (before == kPush || before == kJump) break;
  }
  return true;
}

}  // namespace

bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller,
                        StackReads& reads) noexcept {
  if (rule.kind() == Kind::kSignal) return step_signal_frame(frame, caller, reads);
  return rule.kind() == Kind::kLinkRegister && step_leaf_frame(rule, frame, caller, reads);
}

UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept {
  constexpr uint32_t kNumber = 0xd2801168;  // mov x8, #139: rt_sigreturn
  constexpr uint32_t kCall = 0xd4000001;    // svc #0
  const uintptr_t pc = frame_pc::address(stored_pc);
  if (instruction_at(pc) == kNumber && instruction_at(pc + 4) == kCall) return UnwindRule(Kind::kSignal);
  int64_t pushed = 0;
  if (frame_pc::is_exact(stored_pc) && is_in_stub(pc, pushed)) return UnwindRule(Kind::kLinkRegister, pushed);
  return UnwindRule(Kind::kUncovered);
}

}  // namespace heapreel::engine
