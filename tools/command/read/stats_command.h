// `heapreel stats`: the live heap at one game frame, grouped, or by size.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> stats_option_table();
ExitStatus print_stats(const Arguments& arguments);

}  // namespace heapreel::tools
