// Frames that nobody called into in the usual way. What they look like is the architecture's affair: one source
// file for each.
#pragma once

#include "engine/unwind/unwind_position.h"
#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {

// One step from a frame whose rule is of a kind that only this architecture has, or kSignal. False when it leads
// nowhere.
bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller) noexcept;

// What `stored_pc`, which no table of its module covers, is recognised as by its instructions: the kernel's return
// from a signal handler, or a stub of the linker; else kUncovered.
UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept;

}  // namespace heapreel::engine
