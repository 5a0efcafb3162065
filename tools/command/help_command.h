// What `heapreel help` and main() say alike.
#pragma once

#include <string>

#include "tools/command/console/errors.h"

namespace heapreel::tools {

// For a name that is no command's: what may have been meant.
CommandError unknown_command(const std::string& name);

}  // namespace heapreel::tools
