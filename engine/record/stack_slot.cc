#include "engine/record/stack_slot.h"

#include <cstring>

#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/store/intern_hash.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine {

StackSlot define_traceback(Recorder* recorder, uint64_t hash, const uintptr_t* pcs, uint32_t depth,
                           uint32_t total_depth, bool reached_bottom, bool approximate) {
  if (depth == 0) return kNoStackSlot;
  uint64_t* words = room(recorder, depth + 1);
  if (words == nullptr) return kNoStackSlot;
  const StackSlot slot = recorder->tracebacks.insert(hash);
  words[0] = event::define_word(slot, depth, total_depth, reached_bottom, approximate, g_recording->modules->known());
  std::memcpy(words + 1, pcs, depth * sizeof(uint64_t));
  recorder->ring.commit(words + 1 + depth, 0);
  return slot;
}

StackSlot given_stack_slot(Recorder* recorder, const GivenStack& stack) {
  const bool cut = stack.depth > recorder->traceback_limit;
  const uint32_t depth = cut ? recorder->traceback_limit : stack.depth;
  const bool reached_bottom = stack.reached_bottom && !cut;
  static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
  const auto* words = reinterpret_cast<const uint64_t*>(stack.pcs);
  const uint32_t total_depth = stack.reached_bottom ? stack.depth : 0;
  const uint64_t hash = intern_hash(words, depth, total_depth) | 1;
  const StackSlot known = recorder->tracebacks.find(hash);
  if (known != kNoStackSlot) return known;
  return define_traceback(recorder, hash, stack.pcs, depth, total_depth, reached_bottom, false);
}

StackSlot walked_stack_slot(Recorder* recorder, const WalkStart& caller, RememberedWalks::Walk* repeated,
                            WalkResult& walk) {
  StackWalker& walker = recorder->walker;
  walk = repeated != nullptr ? walker.repeat(*repeated)
                             : walker.walk_afresh(caller, recorder->traceback_limit, recorder->pcs);
  if (walker.generation() != recorder->module_generation) [[unlikely]]
    forget_tracebacks(recorder);
  StackSlot slot = recorder->tracebacks.find(walk.hash);
  if (slot == kNoStackSlot) [[unlikely]] {
    walker.write_repeated(walk, recorder->pcs);
    slot = define_traceback(recorder, walk.hash, recorder->pcs, walk.depth, walk.reached_bottom ? walk.depth : 0,
                            walk.reached_bottom, walk.approximate);
  }
  if (repeated != nullptr && slot != kNoStackSlot) repeated->note = slot;
  return slot;
}

StackSlot stack_slot_below_hook(Recorder* recorder, const WalkStart& start) {
  if (recorder->stack_mode == StackMode::kGiveUp) return kDegradedStackSlot;
  constexpr uint32_t kMost = TracerOptions::kMaxTracebackLimit;
  const uint32_t limit =
      recorder->traceback_limit < kMost - kOwnFrames ? recorder->traceback_limit + kOwnFrames : kMost;
  const WalkResult walk = recorder->walker.walk_afresh(start, limit, recorder->pcs);
  if (recorder->walker.generation() != recorder->module_generation) forget_tracebacks(recorder);
  const StackSlot known = recorder->tracebacks.find(walk.hash);
  if (known != kNoStackSlot) return known;
  recorder->walker.write_repeated(walk, recorder->pcs);
  return define_traceback(recorder, walk.hash, recorder->pcs, walk.depth, walk.reached_bottom ? walk.depth : 0,
                          walk.reached_bottom, walk.approximate);
}

StackSlot unusual_stack_slot(Recorder* recorder, const WalkStart& caller) {
  if (recorder->stack_mode == StackMode::kGiveUp) return kDegradedStackSlot;
  StackCrosscheck& crosscheck = *g_recording->crosscheck;
  if (recorder->crosscheck_scratch == nullptr) {
    recorder->crosscheck_scratch = Arena::make<StackCrosscheck::Scratch>();
  }
  StackCrosscheck::Scratch* const scratch = recorder->crosscheck_scratch;
  WalkResult walk;
  if (scratch == nullptr) {
    end_tracing(EndReason::kMemory);
    return walked_stack_slot(recorder, caller, nullptr, walk);
  }
  // The walkers take turns in being first, so that neither always finds the stack in the processor's caches.
  const bool ask_first = scratch->captures++ % 2 == 0;
  bool asked = ask_first && crosscheck.ask(*scratch);
  const uint64_t before = cpu::ticks();
  RememberedWalks::Walk* const repeated = recorder->walker.find_repeated(caller, recorder->traceback_limit);
  const StackSlot slot = walked_stack_slot(recorder, caller, repeated, walk);
  const uint64_t spent = cpu::ticks() - before;
  if (!ask_first) asked = crosscheck.ask(*scratch);
  recorder->walker.write_repeated(walk, recorder->pcs);
  if (asked) crosscheck.compare(caller, walk, recorder->pcs, spent, *scratch);
  return slot;
}

void tell_stray_free(Recorder* recorder, uintptr_t p, const WalkStart& caller) {
  constexpr uint32_t kMostTold = 1000;  // by one thread; some threads free foreign blocks all the time
  if (recorder->is_untraced_scope || recorder->stray_frees_told == kMostTold) return;
  ++recorder->stray_frees_told;
  const StackSlot slot = stack_slot_below_hook(recorder, caller);
  uint64_t* words = room(recorder, 2);
  if (words == nullptr) return;  // it has been counted
  words[0] = event::alloc_word(EventKind::kFreeStray, 0, slot, 0);
  words[1] = p;
  recorder->ring.commit(words + 2, 0);
}

void forget_tracebacks(Recorder* recorder) {
  recorder->tracebacks.clear();
  recorder->module_generation = recorder->walker.generation();
}

}  // namespace heapreel::engine
