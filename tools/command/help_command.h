// What `heapreel help` and main() have in common.
#pragma once

#include <string>

#include "tools/command/console/errors.h"

namespace heapreel::tools {

// The error for an unknown command, with the name that was probably meant.
CommandError unknown_command(const std::string& name);

}  // namespace heapreel::tools
