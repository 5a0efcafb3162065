#include "tools/command/gate/suggested_budgets.h"

#include <algorithm>
#include <set>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/reel_budget_names.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"

namespace heapreel::tools {
namespace {

constexpr LimitKind kSuggested[] = {LimitKind::kAllocs, LimitKind::kAllocBytes, LimitKind::kLiveBytes};

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// Whether it can be a name in TOML, and in a budget.
bool is_nameable(const std::string& name) {
  return name.size() <= RecordedBudgets::kMostNameBytes && printable(name) == name && name != "domain:malloc";
}

std::vector<std::string> names_of(const std::vector<Reel>& reels) {
  std::set<std::string> names;
  for (const Reel& reel : reels) {
    for (std::string& name : ReelBudgetNames(reel).all()) {
      if (is_nameable(name)) names.insert(std::move(name));
    }
  }
  std::vector<std::string> sorted = {"*"};
  std::ranges::copy(names, std::back_inserter(sorted));
  return sorted;
}

BudgetPlan plan_for(const std::vector<Reel>& reels, const BudgetStart& start) {
  BudgetPlan plan;
  plan.start = start;
  for (std::string& name : names_of(reels)) {
    Budget& budget = plan.budgets.emplace_back();
    budget.name = std::move(name);
    budget.start = start;
    for (const LimitKind kind : kSuggested) budget.limits.push_back({kind, UINT64_MAX});
  }
  return plan;
}

std::string start_text(const BudgetStart& start) {
  if (start.mark.empty()) return std::to_string(start.number);
  return quoted(start.number == 0 ? joined({"mark:", start.mark})
                                  : joined({"mark:", start.mark, "+", std::to_string(start.number)}));
}

}  // namespace

std::string toml_bytes(uint64_t bytes) {
  constexpr uint64_t kKilo = 1024;
  if (bytes < 64 * kKilo) return std::to_string(bytes);
  const uint64_t kilobytes = (bytes + kKilo - 1) / kKilo;
  if (kilobytes % kKilo == 0) return format("\"{}M\"", kilobytes / kKilo);
  return format("\"{}K\"", kilobytes);
}

std::string suggested_budgets(const std::vector<Reel>& reels, const BudgetStart& start, Headroom headroom) {
  const BudgetPlan plan = plan_for(reels, start);
  const std::vector<ObservedUse> used = observed_use(reels, plan);
  std::string text =
      format("# Suggested by `heapreel check --suggest` from {}: what they used at most, and {:.0f} % more.\n",
             counted(reels.size(), "recording"), static_cast<double>(headroom.basis_points) / 100);
  text += joined({"first_game_frame = ", start_text(start), "\n"});
  for (size_t budget = 0; budget < used.size(); ++budget) {
    if (used[budget].seen == 0) continue;
    text += joined({"\n[", quoted(plan.budgets[budget].name), "]\n"});
    for (const auto& [kind, value] : used[budget].values) {
      const LimitInfo& info = limit_info(kind);
      const uint64_t most = headroom.over(value);
      text += joined({info.name, " = ", info.is_bytes ? toml_bytes(most) : std::to_string(most), "\n"});
    }
    if (used[budget].seen != reels.size()) text += "required = false\n";
  }
  return text;
}

}  // namespace heapreel::tools
