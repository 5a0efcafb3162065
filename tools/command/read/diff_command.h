// `heapreel diff`: what changed in the live heap between two game frames, of one reel or of two.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> diff_option_table();
ExitStatus print_diff(const Arguments& arguments);

}  // namespace heapreel::tools
