#include "tools/command/run/run_budgets.h"

#include <algorithm>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/reel_judge.h"
#include "tools/command/console/format.h"
#include "tools/command/gate/budget_result.h"

namespace heapreel::tools {
namespace {

bool any_is_broken(const BudgetJudge& judge) {
  for (size_t budget = 0; budget < judge.budgets().size(); ++budget) {
    if (judge.verdict(budget).broken) return true;
  }
  return false;
}

// Null, with the reason in `notes`, when there is no file to read: it is a pipe, or the reel ended before its first
// game frame.
std::optional<Reel> opened(const std::string& path, std::vector<std::string>& notes) {
  if (path.empty()) return std::nullopt;
  try {
    return Reel::open(path);
  } catch (const ReelError& error) {
    notes.push_back(format("call sites are not shown: {}", error.what()));
    return std::nullopt;
  }
}

GateResult judged_by_reel(const BudgetFile& file, const std::string& path) {
  std::string problem = "no reel was written";
  try {
    if (!path.empty()) {
      const Reel reel = Reel::open(path);
      ReelJudge judge(reel, file.plan);
      judge.run();
      return budget_result(judge.judge(), file.optional_names, &reel);
    }
  } catch (const ReelError& error) {
    problem = error.what();
  }
  GateResult result;
  result.incomplete = true;
  result.summaries.push_back({"budgets", format("{} not checked", file.plan.budgets.size())});
  result.notes.push_back(
      format("budgets of functions, and [[ignore]] tables, need the reel to be read again, which failed: {}", problem));
  return result;
}

}  // namespace

void RunJudge::on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after) {
  watch_.on_game_frame(before, after);
  tell(after.game_frame);
}

void RunJudge::on_merged_game_frame(const engine::FrozenTraces& sums, std::span<const RecordedDomainPeak> peaks) {
  watch_.on_merged_game_frame(sums, peaks);
  tell(sums.game_frame);
}

void RunJudge::tell(uint32_t game_frame) {
  engine::BudgetFindings findings;
  for (size_t budget = 0; budget < judge().budgets().size(); ++budget) {
    const Budget& given = judge().budgets()[budget];
    if (given.origin != BudgetOrigin::kProgram) continue;
    for (const BudgetLimit& limit : given.limits) {
      const LimitVerdict::State state = judge().verdict(budget, limit.kind).state;
      findings.broken = findings.broken || state == LimitVerdict::State::kBroken;
      findings.incomplete = findings.incomplete || state == LimitVerdict::State::kNotJudged;
    }
  }
  tracer_.judged.tell(game_frame, findings);
}

BudgetPlan watched_budgets(const ReelPlan& plan) {
  return plan.budgets && !needs_code(plan.budgets->plan) ? plan.budgets->plan : BudgetPlan{};
}

std::optional<GateResult> judged_budgets(const ReelPlan& plan, const BudgetJudge& judge, const std::string& reel) {
  // Names of code are read with the reel.
  const bool declares_code =
      std::ranges::any_of(judge.budgets(), [](const Budget& budget) { return BudgetName(budget.name).is_of_code(); });
  if (declares_code || (plan.budgets && needs_code(plan.budgets->plan)))
    return judged_by_reel(plan.budgets.value_or(BudgetFile{}), reel);
  if (judge.budgets().empty()) {
    if (!plan.budgets) return std::nullopt;
    GateResult nothing;
    nothing.incomplete = true;
    nothing.summaries.push_back({"budgets", "none to check: the program declared none (HEAPREEL_BUDGET)"});
    return nothing;
  }
  std::vector<std::string> notes;
  std::optional<Reel> file;
  if (any_is_broken(judge)) file = opened(reel, notes);
  GateResult result = budget_result(judge, plan.budgets ? plan.budgets->optional_names : std::vector<std::string>(),
                                    file ? &*file : nullptr);
  std::ranges::move(notes, std::back_inserter(result.notes));
  return result;
}

}  // namespace heapreel::tools
