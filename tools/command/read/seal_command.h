// `heapreel seal`: puts names and lines into a reel, so that it shows them everywhere.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> seal_option_table();
ExitStatus seal(const Arguments& arguments);

}  // namespace heapreel::tools
