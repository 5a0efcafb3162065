// Budgets of a reel, as they are shown.
#pragma once

#include <string>

#include "snapshot/reel/format/recorded_budgets.h"
#include "tools/command/console/json_writer.h"

namespace heapreel::tools {

// "0 allocs per game frame, 512 MiB live"
std::string limits_text(const engine::BudgetLimits& limits);

// A line for each budget, and one about those that were refused; empty when there are none.
std::string budgets_text(const RecordedBudgets& budgets);

// Writes the members `budgets`, each with its limits, and `budgets_refused`.
void add_budgets(JsonWriter& json, const RecordedBudgets& budgets);

}  // namespace heapreel::tools
