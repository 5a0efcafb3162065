// Which recorder a thread records with: its first event, hooks inside hooks, and untraced scopes.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// What a hook wants a recorder for: births are not recorded in an untraced scope.
enum class Purpose : uint8_t { kAny, kBirth };

// `recorder` is this thread's and busy (a hook inside a hook, or an untraced scope), or null (its first event). `sp` is the
// calling hook's stack pointer.
[[gnu::cold]] Recorder* enter_slow(Recorder* recorder, Purpose purpose, uintptr_t sp);

// See UntracedScope. False when nothing began: tracing is off, or the thread is in one already.
bool begin_untraced_scope();
void end_untraced_scope();

// Gives up this thread's recorder, whose memory goes away.
void give_up_recorder_for_test();

}  // namespace heapreel::engine
