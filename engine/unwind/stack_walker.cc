#include "engine/unwind/stack_walker.h"

#include <type_traits>

#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/module_table.h"
#include "engine/unwind/stack_hash.h"
#include "engine/unwind/unwind_special_frame.h"
#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {

using Kind = UnwindRule::Kind;

static_assert(std::is_trivially_destructible_v<StackWalker>);
static_assert(sizeof(StackWalker) <= StackWalker::kMostBytes);
static_assert(StackWalker::kMaxLimit <= stack_hash::kMostFrames);

void StackWalker::start_generation() noexcept {
  generation_ = ModuleTable::current_generation();
  rules_.clear();
  memo_.forget();
  frames_.clear();
}

WalkResult StackWalker::walk(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  const WalkResult result = walk_unless_repeated(start, limit, pcs);
  write_repeated(result, pcs);
  return result;
}

void StackWalker::write_repeated(const WalkResult& walk, uintptr_t* pcs) const noexcept {
  if (repeated_ != UnwindMemo::kNone) memo_.write_pcs(repeated_, walk.depth, pcs);
}

// A program that allocates in a loop: the whole of a remembered stack again, or the outer part of it. Without the
// registers and the bookkeeping that a walk of fresh frames needs, and without a call. In all other cases nothing is
// found out here.
WalkResult StackWalker::walk_unless_repeated(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  if (!memo_.expects_repetition() || generation_ != ModuleTable::current_generation()) [[unlikely]]
    return walk_afresh(start, limit, pcs);
  const uint32_t found = memo_.find(start.pc, start.sp, start.bp);
  if (found == UnwindMemo::kNone) return walk_afresh(start, limit, pcs);
  const bool cut = found >= limit;
  const uint32_t outermost = cut ? found - limit : 0;
  if (!(cut || memo_.reaches_bottom()) || !memo_.proves(found, outermost)) return walk_afresh(start, limit, pcs);
  const uint32_t depth = cut ? limit : found + 1;
  repeated_ = found;
  memo_.credit();
  return {depth, !cut, false, stack_hash::finish(memo_.sum_of(found, depth), depth)};
}

[[gnu::noinline]] WalkResult StackWalker::walk_afresh(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  if (generation_ != ModuleTable::current_generation()) [[unlikely]]
    start_generation();
  repeated_ = UnwindMemo::kNone;
  memo_.expect_repetition(false);
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
  uintptr_t link = 0;
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
  [[maybe_unused]] bool bottom_noted = false;

  for (;;) {
    if constexpr (kRemember) {
      const uint32_t found = searching ? memo_.find(pc, sp, bp) : UnwindMemo::kNone;
      if (found != UnwindMemo::kNone) {
        const uint32_t room = limit - depth;
        const uint32_t outermost = found >= room ? found - room : 0;  // all that this walk can reach
        const uint32_t proven = memo_.prove(found, outermost);
        const bool whole = proven == 0 && found < room && memo_.reaches_bottom();
        const uint32_t passed = found - proven + (whole ? 1 : 0);
        memo_.write_pcs(found, passed, pcs + depth);
        if (passed != 0) sum += weight * memo_.sum_of(found, passed);
        reused += passed;
        depth += passed;
        depth_proven = depth;
        if (proven == outermost) [[likely]] {
          base = found + 1;
          reached_bottom = whole;
          if (whole || depth == limit) [[likely]]
            break;
          searching = noting = false;
        } else {
          // One word differs; the frames beyond may well be those remembered again.
          memo_.note_again(found, proven);
        }
        weight *= stack_hash::power(passed);
        pc = memo_[proven].pc;
        sp = memo_[proven].sp;
        bp = memo_[proven].bp;
      }
    }

    pcs[depth++] = pc;
    sum += stack_hash::mix(pc) * weight;
    weight *= stack_hash::kBase;

    const UnwindRule* const known = rules_.find(pc);
    const UnwindRule rule = known != nullptr ? *known : compile(pc);
    if (rule.is_plain()) [[likely]] {
      CallerPlace caller;
      if (!rule.locate_caller(sp, bp, end, caller)) [[unlikely]] {
        approximate = true;
        break;
      }
      [[maybe_unused]] const UnwindMemo::State state{pc, sp, bp};
      const uintptr_t saved_pc = stack_word(caller.pc_at);
      pc = cpu::return_address(saved_pc);
      sp = caller.sp;
      if (caller.bp_at != 0) bp = stack_word(caller.bp_at);
      if constexpr (kRemember) {
        if (noting) memo_.note(state, {caller.pc_at, saved_pc}, {caller.bp_at, bp});
      }
      // Hand-made stacks (other makecontexts, raw clone) end with a return address of 0; no address has bit
      // 63 set.
      if (static_cast<intptr_t>(pc) <= 0) [[unlikely]] {
        reached_bottom = pc == 0;
        approximate |= pc != 0;
        break;
      }
    } else {
      const RareStep step = step_rarely(rule, {pc, sp, bp, end, link}, approximate, start);
      approximate |= step.outcome == Outcome::kLost || step.outcome == Outcome::kGuessed;
      if (step.outcome != Outcome::kStepped && step.outcome != Outcome::kGuessed) {
        reached_bottom = step.outcome != Outcome::kLost;
        if constexpr (kRemember) {
          if (noting) memo_.note({pc, sp, bp});
          bottom_noted = noting && step.outcome == Outcome::kBottom;
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
      link = step.caller.link;
    }
    if (depth == limit) {
      if constexpr (kRemember) {
        // The caller of the last frame is remembered too: the next walk as deep as this proves it, and is done.
        if (noting) memo_.note({pc, sp, bp});
      }
      break;
    }
  }

  if constexpr (kRemember) {
    constexpr uint32_t kMaxBeyond = 8;
    memo_.judge(reused, depth);
    memo_.expect_repetition(reused == depth);
    memo_.remember(base, bottom_noted);
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
    rule = rule_without_tables(stored_pc);
    if (rule.kind() == Kind::kUncovered) {
      if (!found.in_module) return UnwindRule(Kind::kForeign);
      if (is_planted(stored_pc)) rule = UnwindRule(Kind::kBottom);
    }
    if (!found.in_module) return rule;
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

}  // namespace heapreel::engine
