// Which frames groups look past: options of the commands that group by frames.
#pragma once

#include <heapreel/skip_list.h>

#include <vector>

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> skip_option_table();

// Throws a usage error, also for a file of patterns that cannot be read.
SkipList skip_list_from(const Arguments& arguments);

}  // namespace heapreel::tools
