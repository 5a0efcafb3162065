// `heapreel completions SHELL`: prints the shell's completion script.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

ExitStatus print_completions(const Arguments& arguments);

}  // namespace heapreel::tools
