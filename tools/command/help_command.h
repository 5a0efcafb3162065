// `heapreel help`.
#pragma once

#include <string>
#include <vector>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"

namespace heapreel::tools {

std::vector<OptionSpec> help_option_table();
ExitStatus print_help(const Arguments& arguments);

// For a name that is no command's: what may have been meant.
CommandError unknown_command(const std::string& name);

}  // namespace heapreel::tools
