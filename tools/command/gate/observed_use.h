// What each name used in good recordings: the least that its budget has to allow.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "snapshot/budget/budget.h"
#include "snapshot/budget/budget_plan.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// A share that is added to the use, in hundredths of a percent.
struct Headroom {
  uint64_t basis_points = 1000;
  // 0 stays 0, because "allocates nothing" is a promise.
  uint64_t over(uint64_t value) const {
    return value + (value / 10'000 * basis_points + value % 10'000 * basis_points / 10'000);
  }
};

// The highest value of each limit of each budget over all reels, and in how many of them the name was seen.
struct ObservedUse {
  std::map<LimitKind, uint64_t> values;  // of limits that were judged in full in every reel that has the name
  size_t seen = 0;
};

// The use for each budget of the plan, in their order. Throws ReelError, and a CommandError when a reel is not complete
// or a limit could not be judged, because nothing can be learned from such a recording.
std::vector<ObservedUse> observed_use(const std::vector<Reel>& reels, const BudgetPlan& plan);

}  // namespace heapreel::tools
