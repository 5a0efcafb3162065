// When tracing starts in a process that the HEAPREEL variable asks to trace: at the first hooked call or in
// our constructor, whichever comes first. In some programs a hundred thousand allocations precede the
// constructor.
//
// The decision is made once, by one thread; in a forked child whose parent was traced, once more. Nobody waits for it:
// what other threads, or the deciding one from inside, allocate meanwhile is untracked.
#pragma once

#include <atomic>

namespace heapreel::hooks {

enum class StartState : int { kUndecided, kDeciding, kDecided };

// relaxed throughout: a thread that reads an old state merely calls decide_start, whose exchange settles it;
// whether tracing is on is the engine's word, not this one.
extern constinit std::atomic<StartState> start_state;

[[gnu::cold, gnu::noinline]] void decide_start() noexcept;

// hot: one load, one branch
inline void ensure_start_decided() noexcept {
  if (start_state.load(std::memory_order_relaxed) != StartState::kDecided) [[unlikely]]
    decide_start();
}

}  // namespace heapreel::hooks
