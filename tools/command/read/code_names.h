// What a budget of code may name: functions, files and modules in the call stacks of a recording.
#pragma once

#include <string>
#include <vector>

#include "snapshot/budget/budget_name.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// As people write them: functions without parameters, files and modules without folders. Each name once.
std::vector<std::string> code_names(const Reel& reel, BudgetName::Kind kind);

}  // namespace heapreel::tools
