// Makes a file of budgets with lower limits, where recordings need less. Limits never rise.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/gate/budget_file.h"
#include "tools/command/gate/observed_use.h"

namespace heapreel::tools {

struct TightenedBudgets {
  std::string text;    // the file with its comments, in which only numbers have changed
  size_t lowered = 0;  // how many limits
};

// Throws as observed_use(), and a usage error when the file cannot be read again.
TightenedBudgets tightened_budgets(const BudgetFile& file, const std::vector<Reel>& reels, Headroom headroom);

}  // namespace heapreel::tools
