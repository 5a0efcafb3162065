// The one table of the command line: what is parsed, printed by `help`, and offered by completions and man pages.
#pragma once

#include <span>
#include <string_view>

#include "tools/command/console/command_spec.h"

namespace heapreel::tools {

std::span<const CommandSpec> command_table();
const CommandSpec* find_command(std::string_view name);

}  // namespace heapreel::tools
