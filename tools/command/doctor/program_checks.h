// Whether a program can be traced well, from its file and those of its libraries. The program does not run.
#pragma once

#include <string>
#include <vector>

#include "snapshot/symbols/symbolizer.h"
#include "tools/command/doctor/finding.h"

namespace heapreel::tools {

// `name` is looked up as a shell does. `symbols` says where debug files are looked for.
std::vector<Finding> check_program(const std::string& name, const SymbolizerOptions& symbols);

}  // namespace heapreel::tools
