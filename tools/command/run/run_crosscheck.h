// What `heapreel run --crosscheck-stacks` found.
#pragma once

#include <string>

#include "engine/crosscheck/stack_crosscheck.h"
#include "engine/unwind/module_table.h"

namespace heapreel::tools {

// Lines with their newlines: how many stacks were compared and with what outcome, what both unwinders took, and the
// first differences of each kind, frame by frame.
std::string crosscheck_text(const engine::StackCrosscheck& crosscheck, const engine::ModuleTable& modules);

}  // namespace heapreel::tools
