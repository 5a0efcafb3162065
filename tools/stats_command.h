// `heapreel stats` and `heapreel leaks`: the live heap at one game frame, grouped.
#pragma once

#include "tools/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> stats_option_table();
ExitStatus print_stats(const Arguments& arguments);

// The same, of the blocks that were born in some game frames and outlived another.
std::vector<OptionSpec> leaks_option_table();
ExitStatus print_leaks(const Arguments& arguments);

}  // namespace heapreel::tools
