// The findings of the judge of budgets.
#pragma once

#include <string>
#include <vector>

#include "snapshot/budget/budget_judge.h"
#include "snapshot/reel/read/reel.h"
#include "tools/command/gate/gate_result.h"

namespace heapreel::tools {

// `optional_names` are names that may be missing in a recording. `reel` says what was allocated where; null when there
// is none.
GateResult budget_result(const BudgetJudge& judge, const std::vector<std::string>& optional_names, const Reel* reel);

}  // namespace heapreel::tools
