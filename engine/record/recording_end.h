// How recording ends before the program does, and how what could not be recorded is counted.
#pragma once

#include "engine/store/end_reason.h"

namespace heapreel::engine {

// A call left no event: it is counted, so that nothing claims to be exact. Any thread.
[[gnu::cold]] void count_unrecorded();

// Tracing is over before the program is: nothing after this is recorded, everything up to it is exact. Any thread.
[[gnu::cold]] void end_tracing(EndReason reason);

}  // namespace heapreel::engine
