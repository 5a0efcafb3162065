// How a run kept to its budgets.
#pragma once

#include <optional>
#include <string>

#include "snapshot/budget/budget_watch.h"
#include "tools/command/gate/gate_result.h"
#include "tools/command/run/run_reel.h"

namespace heapreel::tools {

// What the watch is to look at: all that can be judged while the program runs.
BudgetPlan watched_budgets(const ReelPlan& plan);

// After the reel is finished. `reel` is its file; empty when there is none. Nothing when there are no budgets.
std::optional<GateResult> judged_budgets(const ReelPlan& plan, const BudgetWatch& watch, const std::string& reel);

}  // namespace heapreel::tools
