// `heapreel info`: what a reel holds, how complete it is, and how the program ended.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> info_option_table();
ExitStatus print_info(const Arguments& arguments);

}  // namespace heapreel::tools
