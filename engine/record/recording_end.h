// How recording ends before the program does, and how events that could not be recorded are counted.
#pragma once

#include "engine/store/end_reason.h"

namespace heapreel::engine {

// Counts a call that left no event, so that no record claims to be exact. Any thread.
[[gnu::cold]] void count_unrecorded();

// Ends tracing before the program ends: everything up to now is exact, and nothing later is recorded. Any thread.
[[gnu::cold]] void end_tracing(EndReason reason);

}  // namespace heapreel::engine
