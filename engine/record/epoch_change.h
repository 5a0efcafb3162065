// What a hook does at its first event of an epoch: new generation, lease and announcements.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// Brings the recorder to epoch `tag`, and to its generation. False when nothing is to be recorded there.
[[gnu::noinline]] bool catch_up_with_epoch(Recorder* recorder, uint64_t tag);

// A fresh lease; its first id, 0 when ids are spent.
[[gnu::noinline]] BlockId renew_lease(Recorder* recorder);

}  // namespace heapreel::engine
