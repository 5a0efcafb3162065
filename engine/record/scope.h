// The tag that a thread's allocations belong to: a scope name's number. set_scope() and current_scope() are in recorder.h.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Whether `scope` is a name's number; counts the call as unrecorded if it is not.
bool check_scope(uint32_t scope);

// Tells the consolidator that this thread's scope is another one now.
void announce_scope(Recorder* recorder);

}  // namespace heapreel::engine
