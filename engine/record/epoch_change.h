// What a hook does at its first event of an epoch: it goes over to the generation and a lease of it, and announces what
// has changed.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Brings the recorder to epoch `tag` and its generation. False when nothing is recorded in that epoch.
[[gnu::noinline]] bool catch_up_with_epoch(Recorder* recorder, uint64_t tag);

// Takes a new lease and returns its first id; 0 when no ids are left.
[[gnu::noinline]] BlockId renew_lease(Recorder* recorder);

}  // namespace heapreel::engine
