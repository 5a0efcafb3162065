// The tag of a thread's allocations, by the number of its name. set_scope() and current_scope() are in recorder.h.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Whether `scope` is the number of a name. If not, the call is counted as unrecorded.
bool check_scope(uint32_t scope);

// Tells the consolidator that this thread is in another scope now.
void announce_scope(Recorder* recorder);

}  // namespace heapreel::engine
