// Stubs through which a module calls functions of other modules (its PLT). mold and lld write no unwind tables for them,
// and bfd none for those of its .iplt: where a signal interrupts one, its instructions tell what it has pushed. What stubs
// look like is the architecture's affair: one source file for each.
#pragma once

#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {

// The rule at the instruction `pc`, which lies in a module's code, is not covered by its tables, and was interrupted by a
// signal; kUncovered when it is not recognised as an instruction of such a stub. It may ask the kernel what can be read.
UnwindRule rule_of_stub(uintptr_t pc) noexcept;

}  // namespace heapreel::engine
