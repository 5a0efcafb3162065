// Where names and lines come from: options of the commands that print them.
#pragma once

#include <vector>

#include "snapshot/symbols/symbolizer.h"
#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> symbol_option_table();

// Throws a usage error. DEBUGINFOD_URLS in the environment is read only with --debuginfod.
SymbolizerOptions symbol_options(const Arguments& arguments);

}  // namespace heapreel::tools
