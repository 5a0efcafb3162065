// The steps of a walk for which there is no short rule: bottoms, special frames, full rows, guesses.
#include "engine/unwind/call_site.h"
#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_walker.h"
#include "engine/unwind/unwind_os.h"
#include "engine/unwind/unwind_special_frame.h"
#include "engine/unwind/unwind_stack_range.h"
#include "engine/unwind/unwind_step.h"

namespace heapreel::engine {

using Kind = UnwindRule::Kind;

[[gnu::noinline, gnu::cold]] void StackWalker::step_rarely(UnwindRule rule, const UnwindPosition& position,
                                                           const WalkStart& start, RareStep& step) noexcept {
  // The frame may lie on pages of which nothing is known yet.
  constexpr int kMostPages = 128;
  UnwindPosition frame = position;
  for (int pages = 0; pages < kMostPages; ++pages) {
    step = {Outcome::kLost, {}, {}};
    step_in_range(rule, frame, start, step);
    const bool needs_stack = rule.kind() != Kind::kUncovered && rule.kind() != Kind::kForeign &&
                             rule.kind() != Kind::kDamaged && step.outcome == Outcome::kLost;
    if (!needs_stack || !stack_.reach(frame.end, frame.end + 1)) break;
    frame.end = stack_.end();
  }
  if (step.outcome != Outcome::kStepped && step.outcome != Outcome::kGuessed) return;
  const auto pc = static_cast<intptr_t>(step.caller.pc);
  if (pc == 0) step.outcome = Outcome::kNoAddress;
  if (pc < 0 && rule.kind() != Kind::kSignal && rule.kind() != Kind::kComplex) step.outcome = Outcome::kLost;
}

void StackWalker::step_in_range(UnwindRule rule, const UnwindPosition& position, const WalkStart& start,
                                RareStep& step) noexcept {
  switch (rule.kind()) {
    case Kind::kBottom:
      step.outcome = Outcome::kBottom;
      return;
    case Kind::kSignal:
      return step_by_signal(rule, position, step);
    case Kind::kComplex:
      step.reads.leave_out();
      return step_by_row(position, start, step);
    case Kind::kUncovered:
    case Kind::kForeign:
      return step_by_guess(rule, position, step);
    case Kind::kDamaged:
      return;
    default:
      if (step_special_frame(rule, position, step.caller, step.reads)) step.outcome = Outcome::kStepped;
  }
}

// Most code without tables keeps frame pointers. The guess is accepted only when the frame is near, and a call returns
// to its return address.
void StackWalker::step_by_guess(UnwindRule rule, const UnwindPosition& position, RareStep& step) noexcept {
  constexpr uintptr_t kMaxFrame = 16 * 1024;
  const auto& [pc, sp, bp, end, link] = position;
  step.reads.use_bp();
  // The ABI marks the outermost frame so; ld.so sets it before it runs constructors.
  if (bp == 0 && rule.kind() == Kind::kUncovered) {
    step.outcome = Outcome::kBottom;
    return;
  }
  if (bp < sp || bp - sp > kMaxFrame || bp % 8 != 0 || !stack_.reach(bp, bp + 16)) return;
  const uintptr_t caller = cpu::return_address(step.reads.read(bp + 8, WordUse::kReturnAddress));
  if (caller != 0 && !was_called(caller)) return;
  step.caller = {caller, bp + 16, step.reads.read(bp, WordUse::kFramePointer)};
  step.outcome = Outcome::kGuessed;
}

// Whether a call returns to `pc`. What stacks and modules hold as data is never code, whatever stands before it. A yes
// is remembered, because such code stays while it is on a stack.
bool StackWalker::was_called(uintptr_t pc) noexcept {
  uintptr_t& known = call_sites_[(pc ^ pc >> 6) % kCallSites];
  if (known == pc) return true;
  if (stack_.holds(pc) || frames_.is_data_of_module(pc) || !is_call_site(pc)) return false;
  known = pc;
  return true;
}

void StackWalker::step_by_signal(UnwindRule rule, const UnwindPosition& position, RareStep& step) noexcept {
  if (!step_special_frame(rule, position, step.caller, step.reads)) return;
  // A handler may have written anything into its ucontext.
  if (!follow_signal(step.caller.pc, step.caller.sp)) return;
  step.outcome = Outcome::kStepped;
}

// Whether the stack of an interrupted frame may be read, also below its sp where its rule needs that.
bool StackWalker::follow_signal(uintptr_t stored_pc, uintptr_t sp) noexcept {
  if (!stack_.move_to(sp)) return false;
  const uintptr_t lowest = sp - StackRange::kRedZone;
  return lowest >= stack_.low() || !rule_of(stored_pc).reads_below_sp() || unwind_os::is_readable_word(lowest);
}

// For frames that need the full table row: expressions of other shapes, frames that keep their CFA in another register.
void StackWalker::step_by_row(const UnwindPosition& position, const WalkStart& start, RareStep& step) noexcept {
  using namespace dwarf_register;
  const uintptr_t red_zone = position.sp - StackRange::kRedZone;
  const StackRange stack{red_zone >= stack_.low() ? red_zone : position.sp, position.end};
  UnwindRegisters registers;
  registers.set(kProgramCounter, frame_pc::address(position.pc));
  registers.set(kStackPointer, position.sp);
  registers.set(kFramePointer, position.bp);
  if (position.link != 0) registers.set(kReturnAddress, position.link);
  if (frames_.find(position.pc).search != CfiSearch::kFound) return;
  UnwindStep found = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  if (found == UnwindStep::kUnknownRegister && recover_registers(position, start, registers)) {
    found = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  }
  if (found == UnwindStep::kBottom) step.outcome = Outcome::kBottom;
  if (found != UnwindStep::kStepped) return;
  const uintptr_t pc = registers[kProgramCounter];
  const uintptr_t sp = registers[kStackPointer];
  // An unknown frame pointer becomes 0, which no rule accepts as a place on the stack.
  const uintptr_t bp = registers.knows(kFramePointer) ? registers[kFramePointer] : 0;
  const bool signal = frames_.entry().signal_frame;
  step.caller = {signal ? frame_pc::exact(pc) : pc, sp, bp};
  if (signal ? !follow_signal(step.caller.pc, sp) : static_cast<intptr_t>(pc) < 0) return;
  step.outcome = Outcome::kStepped;
}

// Walks again from the start to the given frame, this time with all registers. On success the finder describes that
// frame again. Registers that no frame on the way has saved stay unknown.
bool StackWalker::recover_registers(const UnwindPosition& position, const WalkStart& start,
                                    UnwindRegisters& registers) noexcept {
  using namespace dwarf_register;
  UnwindRegisters walked;
  walked.set(kProgramCounter, start.pc);
  walked.set(kStackPointer, start.sp);
  walked.set(kFramePointer, start.bp);
  uintptr_t pc = start.pc;
  for (uint32_t depth = 0; depth < kMaxLimit; ++depth) {
    const uintptr_t end = stack_.end_at(walked[kStackPointer]);
    if (frames_.find(pc).search != CfiSearch::kFound) return false;
    if (pc == position.pc && walked[kStackPointer] == position.sp) {
      registers = walked;
      return true;
    }
    const StackRange stack{walked[kStackPointer] - StackRange::kRedZone, end};
    if (unwind_step(frames_.row(), frames_.entry(), stack, walked) != UnwindStep::kStepped) return false;
    pc = walked[kProgramCounter];
    if (frames_.entry().signal_frame) pc = frame_pc::exact(pc);
  }
  return false;
}

}  // namespace heapreel::engine
