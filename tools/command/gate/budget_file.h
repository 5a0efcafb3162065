// Budgets in TOML, as `heapreel run --budgets FILE` and `heapreel check` read them: tools/BUDGETS.md has an example of
// all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/budget/budget_plan.h"

namespace heapreel::tools {

struct BudgetFile {
  std::string path;
  BudgetPlan plan;  // budgets by name
  // Names that may be missing in a recording, although the program may have declared a budget for them.
  std::vector<std::string> optional_names = {};
};

// "120", "mark:level-loaded", "mark:level-loaded+30"; nothing for another text.
std::optional<BudgetStart> budget_start_from(std::string_view text);

// Throws a usage error that names the line and says what to do.
BudgetFile read_budget_file(const std::string& path);

// What the option --budgets names: a file, or the word `declared`, with which only the program's own budgets are
// judged. A file of that name is ./declared.
inline constexpr std::string_view kDeclaredBudgets = "declared";
BudgetFile budgets_of_option(const std::string& value);

}  // namespace heapreel::tools
