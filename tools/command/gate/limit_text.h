// Limits of budgets, and the values that exceed them, in words.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "snapshot/budget/budget.h"
#include "snapshot/budget/budget_verdict.h"

namespace heapreel::tools {

// "5 allocs", "6000 B live"
std::string figure_text(BudgetFigure figure, uint64_t value);

// "at most 0 allocs per game frame"
std::string limit_text(const BudgetLimit& limit);

// "5 allocs in game frame 4, the limit is 0 allocs; 2 game frames are over it"
// `name` returns the program's name of a game frame.
using GameFrameNames = std::function<std::string(uint32_t game_frame)>;
std::string breach_text(const Budget& budget, const BudgetLimit& limit, const LimitVerdict& verdict,
                        const GameFrameNames& name);

// Why a limit could not be judged in every game frame that it applies to.
std::string not_judged_text(const Budget& budget, const BudgetLimit& limit, const LimitVerdict& verdict);

}  // namespace heapreel::tools
