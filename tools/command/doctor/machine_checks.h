// Whether this machine lets programs be traced.
#pragma once

#include <vector>

#include "tools/command/doctor/finding.h"

namespace heapreel::tools {

// Looks at the limits of this process, which programs that it starts inherit.
std::vector<Finding> check_machine();

}  // namespace heapreel::tools
