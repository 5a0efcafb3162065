#include "tools/command/read/budget_text.h"

#include "tools/command/console/format.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {

using engine::BudgetLimits;

namespace {

void add_limit(JsonWriter& json, const char* name, uint64_t limit) {
  if (limit != BudgetLimits::kNone) json.member(name, limit);
}

}  // namespace

std::string limits_text(const BudgetLimits& limits) {
  std::string text;
  const auto add = [&text](const std::string& limit) { text += (text.empty() ? "" : ", ") + limit; };
  if (limits.allocs_per_game_frame != BudgetLimits::kNone) {
    add(counted(limits.allocs_per_game_frame, "alloc") + " per game frame");
  }
  if (limits.alloc_bytes_per_game_frame != BudgetLimits::kNone) {
    add(size_text(limits.alloc_bytes_per_game_frame) + " allocated per game frame");
  }
  if (limits.live_bytes != BudgetLimits::kNone) add(size_text(limits.live_bytes) + " live");
  return text.empty() ? "no limit" : text;
}

std::string budgets_text(const RecordedBudgets& budgets) {
  std::string text;
  for (const auto& [key, limits] : budgets.all()) {
    text += format("  budget      {}: {}{}\n", key.first, limits_text(limits),
                   key.second == BudgetOrigin::kRecorder ? " (given to the run)" : "");
  }
  if (budgets.refused() != 0) {
    text += format("  budgets     {} more were refused, because there is room for {} names only\n",
                   grouped(budgets.refused()), grouped(RecordedBudgets::kMostPerOrigin));
  }
  return text;
}

void add_budgets(JsonWriter& json, const RecordedBudgets& budgets) {
  json.key("budgets").begin_array();
  for (const auto& [key, limits] : budgets.all()) {
    json.begin_object().member("name", key.first);
    json.member("by", key.second == BudgetOrigin::kProgram ? "program" : "run");
    add_limit(json, "allocs_per_game_frame", limits.allocs_per_game_frame);
    add_limit(json, "alloc_bytes_per_game_frame", limits.alloc_bytes_per_game_frame);
    add_limit(json, "live_bytes", limits.live_bytes);
    json.end_object();
  }
  json.end_array().member("budgets_refused", budgets.refused());
}

}  // namespace heapreel::tools
