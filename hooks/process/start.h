// When tracing starts in a process that the HEAPREEL variable asks to trace: at the first hooked call or in
// our constructor, whichever comes first. In some programs a hundred thousand allocations precede the
// constructor.
//
// The decision is made once, by one thread; in a forked child whose parent was traced, once more. Nobody waits for it:
// what other threads, or the deciding one from inside, allocate meanwhile is untracked.
#pragma once

#include "engine/record/recorder.h"

namespace heapreel::hooks {

// Makes the decision if it was not made yet. When the decision is not to trace, engine::idle() is true from then on.
[[gnu::cold, gnu::noinline]] void decide_start() noexcept;

// To be called by every hook that is not idle.
inline void ensure_start_decided() noexcept {
  if (!engine::tracing() && !engine::idle()) [[unlikely]]
    decide_start();
}

}  // namespace heapreel::hooks
