// A budget: what a name may use at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snapshot/budget/budget_limit.h"
#include "snapshot/reel/format/recorded_budgets.h"

namespace heapreel {

// From which game frame on something holds: the game frame `number`, or `number` game frames after the first mark of a
// name.
struct BudgetStart {
  std::string mark = {};  // empty: none
  uint32_t number = 0;

  friend bool operator==(const BudgetStart&, const BudgetStart&) = default;
};

struct Budget {
  // A tag and those below it; "domain:NAME", "thread:NAME", "function:PATTERN", "file:PATTERN", "module:PATTERN"; "*",
  // the whole program.
  std::string name;
  std::vector<BudgetLimit> limits;  // each kind at most once
  // Whether a recording in which nothing has this name breaks the budget: it is a mistyped one, as a rule.
  bool required = true;
  // Game frames before it are the program's warm-up, and not judged.
  BudgetStart start = {};
  // Of the limits on what is left: from every mark of the first name to the next one of the second.
  std::string from_mark = {}, to_mark = {};
  uint32_t settle_game_frames = 0;  // so much later the blocks are counted
  BudgetOrigin origin = BudgetOrigin::kRecorder;
  uint32_t line = 0;  // of its file; 0: none

  std::optional<uint64_t> limit(LimitKind kind) const {
    for (const BudgetLimit& limit : limits) {
      if (limit.kind == kind) return limit.most;
    }
    return std::nullopt;
  }
};

// What a program declared, or a reel says that it did.
std::vector<BudgetLimit> limits_of(const engine::BudgetLimits& limits);
// `otherwise` says where it begins to hold, unless it says so itself.
Budget declared_budget(std::string_view name, const engine::BudgetLimits& limits, const BudgetStart& otherwise);
// As far as a reel has room for them.
NamedBudget recorded_budget(const Budget& budget);

}  // namespace heapreel
