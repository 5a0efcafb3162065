// Budgets of a reel, as they are shown.
#pragma once

#include <string>

#include "snapshot/reel/format/recorded_budgets.h"
#include "tools/command/console/json_writer.h"

namespace heapreel::tools {

// "0 allocs per game frame, 512 MiB live"
std::string limits_text(const engine::BudgetLimits& limits);

// A line each, and one about those that were refused; nothing where there are none.
std::string budgets_text(const RecordedBudgets& budgets);

// The members `budgets`, of which each has the limits that it has, and `budgets_refused`.
void add_budgets(JsonWriter& json, const RecordedBudgets& budgets);

}  // namespace heapreel::tools
