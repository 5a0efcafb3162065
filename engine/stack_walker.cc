#include "engine/stack_walker.h"

#include <type_traits>

#include "engine/frame_pc.h"
#include "engine/module_table.h"
#include "engine/stack_hash.h"
#include "engine/unwind_os.h"
#include "engine/unwind_signal_frame.h"
#include "engine/unwind_stack_range.h"
#include "engine/unwind_step.h"

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

static_assert(std::is_trivially_destructible_v<StackWalker>);
static_assert(sizeof(StackWalker) <= 100 * 1024);

void StackWalker::start_generation() noexcept {
  generation_ = ModuleTable::current_generation();
  rules_.clear();
  memo_.forget();
  frames_.clear();
}

WalkResult StackWalker::walk(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  if (generation_ != ModuleTable::current_generation()) [[unlikely]]
    start_generation();
  return memo_.is_worthwhile() ? walk_frames<true>(start, limit, pcs) : walk_frames<false>(start, limit, pcs);
}

// The loop keeps pc, sp and bp in registers: their addresses are never taken, and everything rare happens in
// a call. It must not be compiled with SLP vectorisation, which packs pc and sp into one vector register and
// doubles its time.
template <bool kRemember>
WalkResult StackWalker::walk_frames(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  uintptr_t pc = start.pc;
  uintptr_t sp = start.sp;
  uintptr_t bp = start.bp;
  uintptr_t end = stack_end(sp);
  uint64_t sum = 0;
  uint64_t weight = 1;
  uint32_t depth = 0;
  bool reached_bottom = false;
  bool approximate = false;

  [[maybe_unused]] bool searching = kRemember;  // for a remembered frame
  [[maybe_unused]] bool noting = kRemember;     // frames that are not remembered
  [[maybe_unused]] uint32_t base = 0;           // of the remembered frames, these remain
  [[maybe_unused]] uint32_t reused = 0;
  [[maybe_unused]] uint32_t depth_proven = 0;

  for (;;) {
    if constexpr (kRemember) {
      const uint32_t found = searching ? memo_.find(pc, sp, bp) : UnwindMemo::kNone;
      if (found != UnwindMemo::kNone) {
        const uint32_t room = limit - depth - 1;  // the last frame proven is left for the loop to add
        const uint32_t outermost = found > room ? found - room : 0;
        const uint32_t proven = memo_.prove(found, outermost, pcs + depth);
        reused = found - proven;
        const uint64_t scale = stack_hash::power(reused);
        sum += weight * (memo_[found].sum - scale * memo_[proven].sum);
        weight *= scale;
        depth += reused;
        pc = memo_[proven].pc;
        sp = memo_[proven].sp;
        bp = memo_[proven].bp;
        searching = false;
        depth_proven = depth;
        if (proven == outermost) {
          noting = false;
          base = found + 1;
        } else {
          for (uint32_t position = found; position > proven; --position) memo_.note(memo_[position]);
        }
      }
    }

    pcs[depth++] = pc;
    sum += stack_hash::mix(pc) * weight;
    weight *= stack_hash::kBase;

    const UnwindRule* const known = rules_.find(pc);
    const UnwindRule rule = known != nullptr ? *known : compile(pc);
    const Kind kind = rule.kind();
    if (kind <= Kind::kFramePointer) [[likely]] {
      [[maybe_unused]] UnwindMemo::Frame frame{pc, sp, bp, 0, 0, 0};
      uintptr_t cfa;
      uintptr_t saved_bp_at = 0;
      if (kind == Kind::kStackPointer) {
        cfa = sp + static_cast<uintptr_t>(rule.cfa_offset());
        if (cfa > end) [[unlikely]] {
          approximate = true;
          break;
        }
        if (rule.bp_offset() != 0) saved_bp_at = cfa + static_cast<uintptr_t>(rule.bp_offset());
      } else {
        // A proven frame-pointer frame does not wait for `sp`: the loads of bp chain by themselves.
        const bool chained = kind == Kind::kFramePointer;
        cfa = bp + (chained ? 16 : static_cast<uintptr_t>(rule.cfa_offset()));
        const uintptr_t saved = chained ? bp : cfa + static_cast<uintptr_t>(rule.bp_offset());
        const uintptr_t lowest = saved < cfa - 8 ? saved : cfa - 8;
        if (lowest < sp || cfa > end || cfa < 16) [[unlikely]] {
          approximate = true;
          break;
        }
        if (chained || rule.bp_offset() != 0) saved_bp_at = saved;
      }
      pc = stack_word(cfa - 8);
      sp = cfa;
      if (saved_bp_at != 0) bp = stack_word(saved_bp_at);
      if constexpr (kRemember) {
        if (noting) {
          frame.saved_at = saved_bp_at != 0 ? saved_bp_at : cfa - 8;
          frame.saved_value = saved_bp_at != 0 ? bp : pc;
          memo_.note(frame);
        }
      }
      // Hand-made stacks (other makecontexts, raw clone) end with a return address of 0; no address has bit
      // 63 set.
      if (static_cast<intptr_t>(pc) <= 0) [[unlikely]] {
        reached_bottom = pc == 0;
        approximate |= pc != 0;
        break;
      }
    } else {
      const RareStep step = step_rarely(rule, {pc, sp, bp, end}, approximate, start);
      reached_bottom = step.outcome == Outcome::kBottom;
      approximate |= step.outcome == Outcome::kLost || step.outcome == Outcome::kGuessed;
      if (step.outcome == Outcome::kBottom || step.outcome == Outcome::kLost) {
        if constexpr (kRemember) {
          if (noting) memo_.note({pc, sp, bp, 0, 0, 0});
        }
        break;
      }
      if constexpr (kRemember) {
        // Such a step cannot be proven word by word: what is remembered begins with its caller. Behind a
        // guess the stack may be read only as far as it was probed, which a proof does not know.
        memo_.drop_notes();
        if (approximate) searching = noting = false;
      }
      pc = step.caller.pc;
      sp = step.caller.sp;
      bp = step.caller.bp;
      end = step.caller.end;
    }
    if (depth == limit) break;
  }

  if constexpr (kRemember) {
    constexpr uint32_t kMaxBeyond = 8;
    memo_.judge(reused, depth);
    memo_.remember(base);
    // What was remembered ended far from the bottom (an earlier walk had a smaller limit): remember anew.
    if (base != 0 && depth > depth_proven + kMaxBeyond) memo_.forget();
  }
  return {depth, reached_bottom, approximate, stack_hash::finish(sum, depth)};
}

[[gnu::noinline, gnu::cold]] UnwindRule StackWalker::compile(uintptr_t stored_pc) noexcept {
  const UnwindFrameFinder::Result found = frames_.find(stored_pc);
  UnwindRule rule(Kind::kDamaged);
  if (found.search == CfiSearch::kFound) {
    rule = compile_rule(frames_.row(), frames_.entry());
  } else if (found.search == CfiSearch::kNotCovered) {
    // Not kept: code of no module may give way to a module at any time, and loading one starts no generation.
    if (!found.in_module) return UnwindRule(Kind::kForeign);
    rule = UnwindRule(is_planted(stored_pc) ? Kind::kBottom : Kind::kUncovered);
  }
  rules_.insert(stored_pc, rule);
  return rule;
}

// A return address that no call has pushed: the first instruction of a function, with no function before it.
// Whoever makes a stack by hand (makecontext) plants it there as the function to run last.
bool StackWalker::is_planted(uintptr_t stored_pc) noexcept {
  return !frame_pc::is_exact(stored_pc) && frames_.find(frame_pc::exact(stored_pc)).search == CfiSearch::kFound &&
         frames_.entry().begin == stored_pc;
}

StackWalker::RareStep StackWalker::to_caller(Outcome outcome, Position caller) noexcept {
  if (caller.pc == 0) return {Outcome::kBottom, {}};
  if (static_cast<intptr_t>(caller.pc) < 0) return {Outcome::kLost, {}};
  return {outcome, caller};
}

[[gnu::noinline, gnu::cold]] StackWalker::RareStep StackWalker::step_rarely(UnwindRule rule, Position position,
                                                                            bool guessed_before,
                                                                            const WalkStart& start) noexcept {
  constexpr RareStep kLost{Outcome::kLost, {}};
  const auto& [pc, sp, bp, end] = position;
  const StackRange stack{sp, end};
  switch (rule.kind()) {
    case Kind::kBottom:
      return {Outcome::kBottom, {}};
    case Kind::kSignal: {
      if (!stack.holds_word(sp + signal_frame::kPcOffset)) return kLost;
      // A handler may have written what it liked into its ucontext.
      const uintptr_t interrupted_sp = stack_word(sp + signal_frame::kSpOffset);
      if (!unwind_os::is_readable_word(interrupted_sp)) return kLost;
      return {Outcome::kStepped,
              {frame_pc::exact(stack_word(sp + signal_frame::kPcOffset)), interrupted_sp,
               stack_word(sp + signal_frame::kBpOffset), stack_end(interrupted_sp)}};
    }
    case Kind::kRealigned: {
      const uintptr_t cfa_slot = bp + static_cast<uintptr_t>(rule.cfa_offset());
      const uintptr_t bp_slot = bp + static_cast<uintptr_t>(rule.bp_offset());
      if (!stack.holds_word(cfa_slot) || !stack.holds_word(bp_slot)) return kLost;
      const uintptr_t cfa = stack_word(cfa_slot);
      if (cfa > end || !stack.holds_word(cfa - 8)) return kLost;
      return to_caller(Outcome::kStepped, {stack_word(cfa - 8), cfa, stack_word(bp_slot), end});
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
      return to_caller(Outcome::kGuessed, {stack_word(bp + 8), bp + 16, stack_word(bp), probed});
    }
    default:
      return kLost;
  }
}

// Rows that need the full table row: expressions of other shapes, frames that keep their CFA in another
// register.
StackWalker::RareStep StackWalker::step_by_row(Position position, const WalkStart& start) noexcept {
  using namespace dwarf_register;
  const StackRange stack{position.sp - StackRange::kRedZone, position.end};
  UnwindRegisters registers;
  registers.set(kReturnAddress, frame_pc::address(position.pc));
  registers.set(kRsp, position.sp);
  registers.set(kRbp, position.bp);
  if (frames_.find(position.pc).search != CfiSearch::kFound) return {Outcome::kLost, {}};
  UnwindStep step = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  if (step == UnwindStep::kUnknownRegister && recover_registers(position, start, registers)) {
    step = unwind_step(frames_.row(), frames_.entry(), stack, registers);
  }
  if (step == UnwindStep::kBottom) return {Outcome::kBottom, {}};
  if (step != UnwindStep::kStepped) return {Outcome::kLost, {}};
  const uintptr_t pc = registers[kReturnAddress];
  const uintptr_t sp = registers[kRsp];
  // A lost rbp becomes 0, which no rule accepts as a place on the stack.
  const uintptr_t bp = registers.knows(kRbp) ? registers[kRbp] : 0;
  if (!frames_.entry().signal_frame) return to_caller(Outcome::kStepped, {pc, sp, bp, position.end});
  if (!unwind_os::is_readable_word(sp)) return {Outcome::kLost, {}};
  return {Outcome::kStepped, {frame_pc::exact(pc), sp, bp, stack_end(sp)}};
}

// Walks again from the start, now with all registers, as far as the given frame. On success the finder
// describes that frame again. Registers that nobody on the way has saved stay unknown.
bool StackWalker::recover_registers(Position position, const WalkStart& start, UnwindRegisters& registers) noexcept {
  using namespace dwarf_register;
  UnwindRegisters walked;
  walked.set(kReturnAddress, start.pc);
  walked.set(kRsp, start.sp);
  walked.set(kRbp, start.bp);
  uintptr_t pc = start.pc;
  uintptr_t end = stack_end(start.sp);
  for (uint32_t depth = 0; depth < kMaxLimit; ++depth) {
    if (frames_.find(pc).search != CfiSearch::kFound) return false;
    if (pc == position.pc && walked[kRsp] == position.sp) {
      registers = walked;
      return true;
    }
    const StackRange stack{walked[kRsp] - StackRange::kRedZone, end};
    if (unwind_step(frames_.row(), frames_.entry(), stack, walked) != UnwindStep::kStepped) return false;
    pc = walked[kReturnAddress];
    if (frames_.entry().signal_frame) {
      pc = frame_pc::exact(pc);
      end = stack_end(walked[kRsp]);
    }
  }
  return false;
}

}  // namespace heapreel::engine
