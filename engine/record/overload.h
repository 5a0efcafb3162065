// What a full segment leads to: another one, and when the ring budget is spent the overload ladder.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// As room(), when the segment is full. Null when nothing could be had: tracing has ended.
[[gnu::noinline, gnu::cold]] uint64_t* room_slow(Recorder* recorder, uint32_t words);

// How a recorder captures stacks while nothing is overloaded.
StackMode usual_stack_mode(const Recorder* recorder);

// A producer out of room lends its time to the consolidator of its own process. Null when another process consolidates.
// Set before tracing can be on.
extern void (*g_lend_round)();

}  // namespace heapreel::engine
