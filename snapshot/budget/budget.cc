#include "snapshot/budget/budget.h"

#include <algorithm>
#include <cstring>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/budget_plan.h"

namespace heapreel {

using engine::BudgetLimits;

static_assert(static_cast<size_t>(LimitKind::kPeakBytes) + 1 == kLimits);

std::vector<BudgetLimit> limits_of(const BudgetLimits& limits) {
  std::vector<BudgetLimit> all;
  for (const LimitInfo& info : limit_table()) {
    const uint64_t most = limits.*kLimitMembers[static_cast<size_t>(info.kind)];
    if (most != BudgetLimits::kNone) all.push_back({info.kind, most});
  }
  return all;
}

Budget declared_budget(std::string_view name, const BudgetLimits& limits, const BudgetStart& otherwise) {
  constexpr uint32_t kMostLater = UINT32_MAX / 2;  // as in files: a sum of it and a game frame is a number
  const auto text = [](const auto& mark) { return std::string(mark, strnlen(mark, sizeof mark)); };
  Budget budget;
  budget.name = std::string(name);
  budget.limits = limits_of(limits);
  budget.required = limits.optional == 0;
  budget.start = {.mark = text(limits.first_mark), .number = std::min(limits.first_game_frame, kMostLater)};
  if (budget.start == BudgetStart{}) budget.start = otherwise;
  budget.from_mark = text(limits.from_mark);
  budget.to_mark = text(limits.to_mark);
  budget.settle_game_frames = std::min(limits.settle_game_frames, kMostLater);
  budget.origin = BudgetOrigin::kProgram;
  return budget;
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
