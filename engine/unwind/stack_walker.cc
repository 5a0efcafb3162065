#include "engine/unwind/stack_walker.h"

#include <type_traits>

#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/linkage_stub.h"
#include "engine/unwind/module_table.h"
#include "engine/unwind/stack_hash.h"
#include "engine/unwind/unwind_special_frame.h"

namespace heapreel::engine {

using Kind = UnwindRule::Kind;

static_assert(std::is_trivially_destructible_v<StackWalker>);
static_assert(sizeof(StackWalker) <= StackWalker::kMostBytes);
static_assert(StackWalker::kMaxLimit <= stack_hash::kMostFrames);

void StackWalker::start_generation() noexcept {
  generation_ = ModuleTable::current_generation();
  rules_.clear();
  frames_.clear();
  for (uintptr_t& pc : call_sites_) pc = 0;
  own_era_ = ++eras_;
}

void StackWalker::forget_stack() noexcept {
  stack_.forget();
  era_ = own_era_ = ++eras_;
}

void StackWalker::start_anew() noexcept {
  forget_stack();
  start_generation();
}

// Eras before the last generation, and before the last change of the limit, are smaller than own_era_.
uint64_t StackWalker::era_of_stack() noexcept {
  if (stack_.began_on_own()) return own_era_;
  if (stack_.visit() != visit_ || visit_era_ < own_era_) {
    visit_ = stack_.visit();
    visit_era_ = ++eras_;
  }
  return visit_era_;
}

WalkResult StackWalker::walk(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  const WalkResult result = walk_unless_repeated(start, limit, pcs);
  write_repeated(result, pcs);
  return result;
}

void StackWalker::write_repeated(const WalkResult&, uintptr_t* pcs) const noexcept {
  if (repeated_ != nullptr) walks_.write_pcs(*repeated_, pcs + repeated_from_);
}

WalkResult StackWalker::repeat(const RememberedWalks::Walk& walk) noexcept {
  repeated_ = &walk;
  repeated_from_ = 0;
  return {walk.depth, walk.reached_bottom != 0, walk.approximate != 0, walk.hash};
}

WalkResult StackWalker::walk_unless_repeated(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  const RememberedWalks::Walk* const known = find_repeated(start, limit);
  return known != nullptr ? repeat(*known) : walk_afresh(start, limit, pcs);
}

WalkResult StackWalker::walk_afresh(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  if (generation_ != ModuleTable::current_generation()) [[unlikely]]
    start_generation();
  if (limit_ != limit) [[unlikely]] {
    limit_ = limit;
    own_era_ = ++eras_;
  }
  stack_.enter(start.sp);
  if (const uint64_t era = era_of_stack(); era != era_) [[unlikely]] {
    // The thread is back from another stack.
    era_ = era;
    const RememberedWalks::Walk* const known = walks_.find(start, era);
    if (known != nullptr) {
      walks_.credit();
      return repeat(*known);
    }
  }
  repeated_ = nullptr;
  return walks_.is_worthwhile() ? walk_frames<true>(start, limit, pcs) : walk_frames<false>(start, limit, pcs);
}

// Takes a frame with a plain rule whose caller is not in memory that is known to be readable.
[[gnu::noinline, gnu::cold]] bool StackWalker::prove_frame(UnwindRule rule, uintptr_t sp, uintptr_t bp,
                                                           CallerPlace& caller) noexcept {
  if (!rule.locate_caller(sp, bp, UINTPTR_MAX, caller)) return false;
  const bool bp_is_lowest = caller.bp_at != 0 && caller.bp_at < caller.pc_at;
  return stack_.reach(bp_is_lowest ? caller.bp_at : caller.pc_at, caller.sp);
}

// The loop keeps pc, sp and bp in registers: their addresses are never taken, and everything rare happens in
// a call. It must not be compiled with SLP vectorisation, which packs pc and sp into one vector register and
// doubles its time.
template <bool kRemember>
WalkResult StackWalker::walk_frames(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept {
  uintptr_t pc = start.pc;
  uintptr_t sp = start.sp;
  uintptr_t bp = start.bp;
  uintptr_t end = stack_.end();
  uintptr_t link = 0;
  uint64_t sum = 0;
  uint64_t weight = 1;
  uint32_t depth = 0;
  bool reached_bottom = false;
  bool approximate = false;
  RememberedWalks::Notes notes(walks_, start);

  for (;;) {
    if (RememberedWalks::is_checkpoint(pc, sp) && depth != 0) {
      const WalkStart here{pc, sp, bp};
      const RememberedWalks::Walk* const outer = walks_.find(here, era_);
      if (outer != nullptr && depth + outer->depth <= limit) {
        if constexpr (kRemember) notes.join(*outer);
        repeated_ = outer;
        repeated_from_ = depth;
        sum += weight * stack_hash::sum_of(outer->hash, outer->depth);
        depth += outer->depth;
        reached_bottom = outer->reached_bottom;
        approximate |= outer->approximate != 0;
        if (2 * repeated_from_ < depth) walks_.credit();
        break;
      }
      if constexpr (kRemember) notes.pass_checkpoint(here, depth);
    }
    pcs[depth++] = pc;
    sum += stack_hash::mix(pc) * weight;
    weight *= stack_hash::kBase;

    const UnwindRule* const known = rules_.find(pc);
    const UnwindRule rule = known != nullptr ? *known : compile(pc);
    if (rule.is_plain()) [[likely]] {
      if constexpr (kRemember) {
        if (rule.kind() != Kind::kStackPointer) notes.use_bp();
      }
      CallerPlace caller;
      if (!rule.locate_caller(sp, bp, end, caller)) [[unlikely]] {
        CallerPlace proven;
        if (!prove_frame(rule, sp, bp, proven)) {
          approximate = true;
          break;
        }
        caller = proven;
        end = stack_.end();
      }
      const uintptr_t saved_pc = stack_word(caller.pc_at);
      pc = cpu::return_address(saved_pc);
      sp = caller.sp;
      if constexpr (kRemember) notes.add(caller.pc_at, saved_pc, WordUse::kReturnAddress);
      if (caller.bp_at != 0) {
        bp = stack_word(caller.bp_at);
        if constexpr (kRemember) notes.load_bp(caller.bp_at, bp);
      }
      // Stacks made by hand (other makecontexts, bare clone) end with a return address of 0. No address has bit 63 set.
      if (static_cast<intptr_t>(pc) <= 0) [[unlikely]] {
        reached_bottom = pc == 0;
        approximate |= pc != 0;
        break;
      }
    } else {
      RareStep step{};
      step_rarely(rule, {pc, sp, bp, end, link}, start, step);
      if constexpr (kRemember) {
        notes.add(step.reads);
        if (stack_.is_passing()) notes.give_up();
      }
      approximate |= step.outcome == Outcome::kLost || step.outcome == Outcome::kGuessed;
      if (step.outcome != Outcome::kStepped && step.outcome != Outcome::kGuessed) {
        reached_bottom = step.outcome != Outcome::kLost;
        break;
      }
      if constexpr (kRemember) {
        if (step.caller.sp < sp) notes.give_up();  // words are remembered by their distance above the first sp
      }
      pc = step.caller.pc;
      sp = step.caller.sp;
      bp = step.caller.bp;
      end = stack_.end();
      link = step.caller.link;
    }
    if (depth == limit) break;
  }

  const uint64_t hash = stack_hash::finish(sum, depth);
  if constexpr (kRemember) {
    // The walk may have recognised the thread's own stack on its way.
    era_ = era_of_stack();
    const bool cut = depth == limit && !reached_bottom;
    const RememberedWalks::Walk* const kept = notes.keep(sp, era_, {depth, reached_bottom, approximate, cut}, pcs);
    // The walk that it joined may have made room for it.
    if (kept != nullptr && repeated_ != nullptr) {
      repeated_ = kept;
      repeated_from_ = 0;
    }
  }
  return {depth, reached_bottom, approximate, hash};
}

UnwindRule StackWalker::rule_of(uintptr_t stored_pc) noexcept {
  const UnwindRule* const known = rules_.find(stored_pc);
  return known != nullptr ? *known : compile(stored_pc);
}

[[gnu::noinline, gnu::cold]] UnwindRule StackWalker::compile(uintptr_t stored_pc) noexcept {
  const UnwindFrameFinder::Result found = frames_.find(stored_pc);
  UnwindRule rule(Kind::kDamaged);
  if (found.search == CfiSearch::kFound) {
    rule = compile_rule(frames_.row(), frames_.entry());
  } else if (found.search == CfiSearch::kNotCovered) {
    // This is not kept as a rule, because a module may replace code without a module at any time, and loading one
    // begins no new generation.
    if (!found.in_module && was_called(stored_pc)) return UnwindRule(Kind::kForeign);
    rule = rule_without_tables(stored_pc);
    if (rule.kind() == Kind::kUncovered) {
      if (!found.in_module) return UnwindRule(Kind::kForeign);
      if (frame_pc::is_exact(stored_pc)) {
        rule = rule_of_stub(frame_pc::address(stored_pc));
      } else if (is_planted(stored_pc)) {
        rule = UnwindRule(Kind::kBottom);
      }
    }
    if (!found.in_module) return rule;
  }
  rules_.insert(stored_pc, rule);
  return rule;
}

// Whether this is a return address that no call has pushed: the first instruction of a function, with no function
// before it. makecontext and others that make a stack by hand put it there as the function that runs last.
bool StackWalker::is_planted(uintptr_t stored_pc) noexcept {
  return frames_.find(frame_pc::exact(stored_pc)).search == CfiSearch::kFound && frames_.entry().begin == stored_pc;
}

}  // namespace heapreel::engine
