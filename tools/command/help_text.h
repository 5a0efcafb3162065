// What `heapreel help` prints, made from the option table.
#pragma once

#include <string>

#include "tools/command/option_table.h"

namespace heapreel::tools {

std::string help_text();
std::string help_text(const CommandSpec& command);
// HEAPREEL and HEAPREEL_OPTIONS.
std::string environment_help_text();

}  // namespace heapreel::tools
