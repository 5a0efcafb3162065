// The status with which a program should exit that judges budgets itself: what exit_status() returns.
#pragma once

namespace heapreel {

inline constexpr int kBudgetsKept = 0, kBudgetBroken = 1, kNotAllJudged = 4;

}  // namespace heapreel
