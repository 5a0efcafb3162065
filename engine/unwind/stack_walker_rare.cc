// The steps of a walk that no short rule tells: bottoms, special frames, full rows, guesses.
#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_walker.h"
#include "engine/unwind/unwind_os.h"
#include "engine/unwind/unwind_special_frame.h"
#include "engine/unwind/unwind_stack_range.h"
#include "engine/unwind/unwind_step.h"

namespace heapreel::engine {

namespace {

// How far above `sp` memory can be read without a fault, looking a little way only: a guessed frame chain is
// worth a few probes, not a scan of the stack.
uintptr_t readable_end(uintptr_t sp, uintptr_t end) {
  constexpr uintptr_t kPage = 4096;
  constexpr uintptr_t kMaxDistance = 64 * kPage;
  uintptr_t readable = (sp & ~(kPage - 1)) + kPage;  // sp's own page is in use
  while (readable < end && readable - sp < kMaxDistance && unwind_os::is_readable_word(readable)) readable += kPage;
  return readable < end ? readable : end;
}

}  // namespace

using Kind = UnwindRule::Kind;

StackWalker::RareStep StackWalker::to_caller(Outcome outcome, const UnwindPosition& caller) noexcept {
  if (caller.pc == 0) return {Outcome::kNoAddress, {}};
  if (static_cast<intptr_t>(caller.pc) < 0) return {Outcome::kLost, {}};
  return {outcome, caller};
}

[[gnu::noinline, gnu::cold]] StackWalker::RareStep StackWalker::step_rarely(UnwindRule rule,
                                                                            const UnwindPosition& position,
                                                                            bool guessed_before,
                                                                            const WalkStart& start) noexcept {
  constexpr RareStep kLost{Outcome::kLost, {}};
  const auto& [pc, sp, bp, end, link] = position;
  switch (rule.kind()) {
    case Kind::kBottom:
      return {Outcome::kBottom, {}};
    case Kind::kSignal: {
      UnwindPosition interrupted;
      return step_special_frame(rule, position, interrupted) ? RareStep{Outcome::kStepped, interrupted} : kLost;
    }
    case Kind::kComplex:
      return step_by_row(position, start);
    case Kind::kUncovered:
      // The ABI's mark of the outermost frame; ld.so sets it before it runs constructors.
      if (bp == 0) return {Outcome::kBottom, {}};
      [[fallthrough]];
    case Kind::kForeign: {
      // Most code without tables keeps frame pointers. The guess is taken only where the frame is near, and
      // from then on nothing is read that has not been probed: what follows from a guess is not proven.
      constexpr uintptr_t kMaxFrame = 16 * 1024;
      if (bp < sp || bp - sp > kMaxFrame || bp % 8 != 0 || end == UINTPTR_MAX) return kLost;
      const uintptr_t probed = guessed_before ? end : readable_end(sp, end);
      if (!StackRange{sp, probed}.holds_word(bp + 8)) return kLost;
      return to_caller(Outcome::kGuessed, {cpu::return_address(stack_word(bp + 8)), bp + 16, stack_word(bp), probed});
    }
    case Kind::kDamaged:
      return kLost;
    default: {
      UnwindPosition caller;
      return step_special_frame(rule, position, caller) ? to_caller(Outcome::kStepped, caller) : kLost;
    }
  }
}

// Rows that need the full table row: expressions of other shapes, frames that keep their CFA in another
// register.
StackWalker::RareStep StackWalker::step_by_row(const UnwindPosition& position, const WalkStart& start) noexcept {
  using namespace dwarf_register;
  const StackRange stack{position.sp - StackRange::kRedZone, position.end};
  UnwindRegisters registers;
  registers.set(kProgramCounter, frame_pc::address(position.pc));
  registers.set(kStackPointer, position.sp);
  registers.set(kFramePointer, position.bp);
  if (position.link != 0) registers.set(kReturnAddress, position.link);
  if (frames_.find(position.pc).search != CfiSearch::kFound) return {Outcome::kLost, {}};
  UnwindStep step = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  if (step == UnwindStep::kUnknownRegister && recover_registers(position, start, registers)) {
    step = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  }
  if (step == UnwindStep::kBottom) return {Outcome::kBottom, {}};
  if (step != UnwindStep::kStepped) return {Outcome::kLost, {}};
  const uintptr_t pc = registers[kProgramCounter];
  const uintptr_t sp = registers[kStackPointer];
  // A lost frame pointer becomes 0, which no rule accepts as a place on the stack.
  const uintptr_t bp = registers.knows(kFramePointer) ? registers[kFramePointer] : 0;
  if (!frames_.entry().signal_frame) return to_caller(Outcome::kStepped, {pc, sp, bp, position.end, 0});
  if (!unwind_os::is_readable_word(sp)) return {Outcome::kLost, {}};
  return {Outcome::kStepped, {frame_pc::exact(pc), sp, bp, stack_end(sp), 0}};
}

// Walks again from the start, now with all registers, as far as the given frame. On success the finder
// describes that frame again. Registers that nobody on the way has saved stay unknown.
bool StackWalker::recover_registers(const UnwindPosition& position, const WalkStart& start,
                                    UnwindRegisters& registers) noexcept {
  using namespace dwarf_register;
  UnwindRegisters walked;
  walked.set(kProgramCounter, start.pc);
  walked.set(kStackPointer, start.sp);
  walked.set(kFramePointer, start.bp);
  uintptr_t pc = start.pc;
  uintptr_t end = stack_end(start.sp);
  for (uint32_t depth = 0; depth < kMaxLimit; ++depth) {
    if (frames_.find(pc).search != CfiSearch::kFound) return false;
    if (pc == position.pc && walked[kStackPointer] == position.sp) {
      registers = walked;
      return true;
    }
    const StackRange stack{walked[kStackPointer] - StackRange::kRedZone, end};
    if (unwind_step(frames_.row(), frames_.entry(), stack, walked) != UnwindStep::kStepped) return false;
    pc = walked[kProgramCounter];
    if (frames_.entry().signal_frame) {
      pc = frame_pc::exact(pc);
      end = stack_end(walked[kStackPointer]);
    }
  }
  return false;
}

}  // namespace heapreel::engine
