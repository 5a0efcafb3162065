// Whether a run kept to its budgets.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/consolidate/tracer_state.h"
#include "snapshot/budget/budget_watch.h"
#include "tools/command/gate/gate_result.h"
#include "tools/command/run/run_reel.h"

namespace heapreel::tools {

// Watches the budgets of a run, and tells the program whether those that it declares are kept
// (heapreel::exit_status()).
class RunJudge final : public GameFrameWatch {
 public:
  RunJudge(engine::TracerState& tracer, BudgetPlan plan) : tracer_(tracer), watch_(tracer, std::move(plan)) {}

  void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after) override;
  void on_merged_game_frame(const engine::FrozenTraces& sums) override;
  void on_mark(const std::string& name, const engine::FrozenTraces& sums) override { watch_.on_mark(name, sums); }
  void on_generation_end(const engine::FrozenTraces& last) override { watch_.on_generation_end(last); }
  void on_end(const engine::FrozenTraces& last) override { watch_.on_end(last); }

  const BudgetJudge& judge() const { return watch_.judge(); }

 private:
  void tell(uint32_t game_frame);

  engine::TracerState& tracer_;
  BudgetWatch watch_;
};

// The budgets that the watch looks at: all that can be judged while the program runs.
BudgetPlan watched_budgets(const ReelPlan& plan);

// To be called after the reel is finished. `reel` is its file; empty when there is none. Nothing when there are no
// budgets.
std::optional<GateResult> judged_budgets(const ReelPlan& plan, const BudgetJudge& judge, const std::string& reel);

}  // namespace heapreel::tools
