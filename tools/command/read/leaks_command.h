// `heapreel leaks`: blocks by when they were born and when they were freed.
#pragma once

#include <string>

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> leaks_option_table();
// The rules of --rule, for `heapreel help leaks`.
std::string leaks_notes();
ExitStatus print_leaks(const Arguments& arguments);

}  // namespace heapreel::tools
