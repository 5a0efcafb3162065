// Which recorder a thread uses at its first event, for hooks inside hooks, and in untraced scopes.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// What a hook needs a recorder for. Births are not recorded in an untraced scope.
enum class Purpose : uint8_t { kAny, kBirth };

// The recorder for a hook that cannot use `recorder`: it is busy (a hook inside a hook, or an untraced scope), or null
// at the thread's first event. `sp` is the hook's stack pointer.
[[gnu::cold]] Recorder* enter_slow(Recorder* recorder, Purpose purpose, uintptr_t sp);

// See UntracedScope. False when no scope began: tracing is off, or the thread is in one already.
bool begin_untraced_scope();
void end_untraced_scope();

// Gives up this thread's recorder, because its memory goes away.
void give_up_recorder_for_test();

}  // namespace heapreel::engine
