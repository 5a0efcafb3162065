// `heapreel help`.
#pragma once

#include <string>

#include "tools/command_line.h"
#include "tools/errors.h"

namespace heapreel::tools {

ExitStatus print_help(const Arguments& arguments);

// For a name that is no command's: what may have been meant.
CommandError unknown_command(const std::string& name);

}  // namespace heapreel::tools
