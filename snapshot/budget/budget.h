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

// From which game frame on something holds: from game frame `number`, or from `number` game frames after the first mark
// of a name.
struct BudgetStart {
  std::string mark = {};  // empty: none
  uint32_t number = 0;

  friend bool operator==(const BudgetStart&, const BudgetStart&) = default;
};

struct Budget {
  // A tag with the tags below it; "domain:NAME", "thread:NAME", "function:PATTERN", "file:PATTERN", "module:PATTERN";
  // or "*", the whole program.
  std::string name;
  std::vector<BudgetLimit> limits;  // each kind at most once
  // Whether the budget is broken when nothing in the recording has this name, which is usually a typing mistake.
  bool required = true;
  // The game frames before it are the program's warm-up and are not judged.
  BudgetStart start = {};
  // For the limits on what is left: from every mark of the first name to the next one of the second.
  std::string from_mark = {}, to_mark = {};
  uint32_t settle_game_frames = 0;  // the blocks are counted so many game frames after the second mark
  BudgetOrigin origin = BudgetOrigin::kRecorder;
  uint32_t line = 0;  // of its file; 0: none

  std::optional<uint64_t> limit(LimitKind kind) const {
    for (const BudgetLimit& limit : limits) {
      if (limit.kind == kind) return limit.most;
    }
    return std::nullopt;
  }
};

// The limits that a program declared, or that a reel says it did.
std::vector<BudgetLimit> limits_of(const engine::BudgetLimits& limits);
// The budget for these limits. It begins at `otherwise`, unless the limits say where.
Budget declared_budget(std::string_view name, const engine::BudgetLimits& limits, const BudgetStart& otherwise);
// The budget as a reel keeps it, cut to the room that a reel has.
NamedBudget recorded_budget(const Budget& budget);

}  // namespace heapreel
