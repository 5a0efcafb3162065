// The slot under which the consolidator knows a call stack: found in the thread's cache, or else defined through the
// ring.
#pragma once

#include "engine/record/recorder.h"
#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Tells the consolidator a stack that it may not know, under a slot of the cache. `total_depth` is 0 when it is not
// known.
[[gnu::noinline]] StackSlot define_traceback(Recorder* recorder, uint64_t hash, const uintptr_t* pcs, uint32_t depth,
                                             uint32_t total_depth, bool reached_bottom, bool approximate);
StackSlot given_stack_slot(Recorder* recorder, const GivenStack& stack);
[[gnu::noinline, gnu::cold]] void forget_tracebacks(Recorder* recorder);

// The slot of the caller's stack, after telling the consolidator the stack if need be. `repeated` is the remembered
// walk that the walker found again, or null; `walk` is the result of the walk.
[[gnu::noinline]] StackSlot walked_stack_slot(Recorder* recorder, const WalkStart& caller,
                                              RememberedWalks::Walk* repeated, WalkResult& walk);

// The same in mode kWalk, where nearly every walk repeats one whose slot was noted with it.
[[gnu::always_inline]] inline StackSlot usual_stack_slot(Recorder* recorder, const WalkStart& caller) {
  RememberedWalks::Walk* const repeated = recorder->walker.find_repeated(caller, recorder->traceback_limit);
  if (repeated != nullptr && recorder->tracebacks.holds(repeated->note, repeated->hash)) [[likely]]
    return repeated->note;
  WalkResult walk;
  return walked_stack_slot(recorder, caller, repeated, walk);
}

// A stack that is walked from inside of the tracer begins with frames of the tracer. This is the room for them.
inline constexpr uint32_t kOwnFrames = 4;
[[gnu::noinline, gnu::cold]] StackSlot stack_slot_below_hook(Recorder* recorder, const WalkStart& start);

// The same in the other modes.
[[gnu::noinline, gnu::cold]] StackSlot unusual_stack_slot(Recorder* recorder, const WalkStart& caller);

}  // namespace heapreel::engine
