// What `heapreel run --budgets` says at the end.
#pragma once

#include <string>

#include "snapshot/budget/budget_watch.h"
#include "tools/command/console/exit_status.h"

namespace heapreel::tools {

// kOk: all were kept, in every game frame. kGateFailed: one was not. kIncomplete: nothing is known to be broken, but
// not every game frame could be looked at.
ExitStatus budget_status(const BudgetWatch& watch);

// Returns lines with their newlines. `reel` is the file that says what was allocated where; empty when there is none.
std::string budget_report(const BudgetWatch& watch, const std::string& reel);

}  // namespace heapreel::tools
