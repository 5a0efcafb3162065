// What happens when a segment is full: the ring goes on in another one, or climbs the overload ladder when the ring
// budget is spent.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// As room(), for a full segment. Null when no segment could be had: then tracing has ended.
[[gnu::noinline, gnu::cold]] uint64_t* room_slow(Recorder* recorder, uint32_t words);

// How a recorder captures stacks while nothing is overloaded.
StackMode usual_stack_mode(const Recorder* recorder);

// A producer without room lends its time to the consolidator of its own process by this function. Null when another
// process consolidates. Set before tracing can be on.
extern void (*g_lend_round)();

}  // namespace heapreel::engine
