// When tracing starts in a process that the HEAPREEL variable asks to trace: at the first hooked call or in our
// constructor, whichever comes first. In some programs a hundred thousand allocations come before the constructor.
//
// One thread makes the decision, once; in a forked child whose parent was traced it is made once more. Nobody waits for
// it: what other threads allocate meanwhile, or the deciding one itself, is untracked.
#pragma once

#include "engine/record/recorder.h"

namespace heapreel::hooks {

// Makes the decision, if it was not made yet. When it is not to trace, engine::idle() is true from then on.
[[gnu::cold, gnu::noinline]] void decide_start() noexcept;

// Every hook that is not idle calls it.
inline void ensure_start_decided() noexcept {
  if (!engine::tracing() && !engine::idle()) [[unlikely]]
    decide_start();
}

}  // namespace heapreel::hooks
