// Frames that nobody called into in the usual way. What they look like is the architecture's affair: one source
// file for each.
#pragma once

#include "engine/unwind/stack_reads.h"
#include "engine/unwind/unwind_position.h"
#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {

// One step from a frame whose rule is of a kind that only this architecture has, or kSignal. False when it leads
// nowhere. Where a signal frame leads, only the handler can know: whether the caller's sp can be read is yet to be asked.
bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller,
                        StackReads& reads) noexcept;

// What `stored_pc`, which no table covers, is recognised as by its instructions: kSignal where the kernel returns from a
// signal handler, else kUncovered.
UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept;

}  // namespace heapreel::engine
