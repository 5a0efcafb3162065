#include "snapshot/budget/budget.h"

#include <algorithm>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/budget_plan.h"

namespace heapreel {

using engine::BudgetLimits;

std::vector<BudgetLimit> limits_of(const BudgetLimits& limits) {
  std::vector<BudgetLimit> all;
  const auto add = [&all](LimitKind kind, uint64_t most) {
    if (most != BudgetLimits::kNone) all.push_back({kind, most});
  };
  add(LimitKind::kAllocs, limits.allocs_per_game_frame);
  add(LimitKind::kAllocBytes, limits.alloc_bytes_per_game_frame);
  add(LimitKind::kLiveBytes, limits.live_bytes);
  return all;
}

bool needs_code(const BudgetPlan& plan) {
  return !plan.ignores.empty() ||
         std::ranges::any_of(plan.budgets, [](const Budget& budget) { return BudgetName(budget.name).is_of_code(); });
}

NamedBudget recorded_budget(const Budget& budget) {
  NamedBudget recorded{budget.name, {}};
  recorded.limits.allocs_per_game_frame = budget.limit(LimitKind::kAllocs).value_or(BudgetLimits::kNone);
  recorded.limits.alloc_bytes_per_game_frame = budget.limit(LimitKind::kAllocBytes).value_or(BudgetLimits::kNone);
  recorded.limits.live_bytes = budget.limit(LimitKind::kLiveBytes).value_or(BudgetLimits::kNone);
  return recorded;
}

}  // namespace heapreel
