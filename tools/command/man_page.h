// Manual pages in man(7)'s macros, made from the option table.
#pragma once

#include <string>

#include "tools/command/option_table.h"

namespace heapreel::tools {

// heapreel(1), with all commands, the environment and the exit statuses.
std::string man_page();
// heapreel-COMMAND(1).
std::string man_page(const CommandSpec& command);

}  // namespace heapreel::tools
