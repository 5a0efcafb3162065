// What a recording is judged by.
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

// Whether it asks for names of code, which a program that runs does not have: it is judged by its reel then.
bool needs_code(const BudgetPlan& plan);

}  // namespace heapreel
