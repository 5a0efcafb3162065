// Everything by which a recording is judged.
#pragma once

#include <vector>

#include "snapshot/budget/budget.h"
#include "snapshot/budget/site_ignore.h"

namespace heapreel {

struct BudgetPlan {
  std::vector<Budget> budgets = {};
  std::vector<SiteIgnore> ignores = {};
  BudgetStart start = {};  // of budgets that the program declares
};

// Whether a budget or an ignore names code. The names of code are read from the reel, so that such a plan is judged
// after the program has ended.
bool needs_code(const BudgetPlan& plan);

}  // namespace heapreel
