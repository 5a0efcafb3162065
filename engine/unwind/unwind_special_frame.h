// Frames that no ordinary call made. Each architecture has its own, in a source file of its own.
#pragma once

#include "engine/unwind/stack_reads.h"
#include "engine/unwind/unwind_position.h"
#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {

// One step from a frame whose rule is of a kind that only this architecture has, or kSignal. False when it leads
// nowhere. Behind a signal frame the caller must still ask whether the stack at the new sp can be read.
bool step_special_frame(UnwindRule rule, const UnwindPosition& frame, UnwindPosition& caller,
                        StackReads& reads) noexcept;

// Recognises `stored_pc`, which no table covers, by its instructions: kSignal where the kernel returns from a signal
// handler, else kUncovered.
UnwindRule rule_without_tables(uintptr_t stored_pc) noexcept;

}  // namespace heapreel::engine
