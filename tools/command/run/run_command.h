// `heapreel run`: traces a program that knows nothing of it.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

// The program's exit status, or 128 + n when signal n killed it.
ExitStatus run_program(const Arguments& arguments);

}  // namespace heapreel::tools
