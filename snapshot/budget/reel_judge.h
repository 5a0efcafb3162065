// Judges the game frames of a reel by the budgets that it is given, and by those that the program declared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "snapshot/budget/budget_judge.h"
#include "snapshot/budget/budget_plan.h"
#include "snapshot/budget/reel_budget_names.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel {

// One thread.
class ReelJudge {
 public:
  ReelJudge(const Reel& reel, BudgetPlan plan);
  ReelJudge(const ReelJudge&) = delete;
  ReelJudge& operator=(const ReelJudge&) = delete;

  // Looks at every game frame. Throws ReelError when one cannot be read; the game frames before it are judged then.
  void run();

  const BudgetJudge& judge() const { return judge_; }

 private:
  void take_declared(size_t still);
  void add_changes(ReelWalk& walk);
  void end_still(ReelWalk& walk);
  void pass_marks(uint32_t up_to);

  const Reel reel_;
  const BudgetStart start_;  // of budgets that the program declared
  ReelBudgetNames names_;
  BudgetJudge judge_;
  std::vector<size_t> declared_;  // numbers of the budgets that the program declared
  size_t next_declaration_ = 0;
  size_t next_mark_ = 0;
  size_t next_row_ = 0;
  bool looks_at_threads_ = false;
};

}  // namespace heapreel
