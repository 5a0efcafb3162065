// The slot by which the consolidator knows a call stack: found in the thread's cache, or defined through the ring.
#pragma once

#include "engine/record/recorder.h"
#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Tells the consolidator a stack that it may not know, under a slot of the cache. `total_depth` is 0 when unknown.
[[gnu::noinline]] StackSlot define_traceback(Recorder* recorder, uint64_t hash, const uintptr_t* pcs, uint32_t depth,
                                             uint32_t total_depth, bool reached_bottom, bool approximate);
StackSlot given_stack_slot(Recorder* recorder, const GivenStack& stack);
[[gnu::noinline, gnu::cold]] void forget_tracebacks(Recorder* recorder);

// The slot by which the consolidator knows the caller's stack, after telling it if need be; `walk` is what was found.
inline StackSlot walked_stack_slot(Recorder* recorder, const WalkStart& caller, WalkResult& walk) {
  walk = recorder->walker.walk_unless_repeated(caller, recorder->traceback_limit, recorder->pcs);
  if (recorder->walker.generation() != recorder->module_generation) [[unlikely]]
    forget_tracebacks(recorder);
  const StackSlot known = recorder->tracebacks.find(walk.hash);
  if (known != kNoStackSlot) [[likely]]
    return known;
  recorder->walker.write_repeated(walk, recorder->pcs);
  return define_traceback(recorder, walk.hash, recorder->pcs, walk.depth, walk.reached_bottom ? walk.depth : 0,
                          walk.reached_bottom, walk.approximate);
}
// The same in every mode but kWalk.
[[gnu::noinline, gnu::cold]] StackSlot unusual_stack_slot(Recorder* recorder, const WalkStart& caller);

}  // namespace heapreel::engine
