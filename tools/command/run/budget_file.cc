#include "tools/command/run/budget_file.h"

#include <toml++/toml.h>

#include <algorithm>

#include "tools/command/console/byte_text.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

using engine::BudgetLimits;

constexpr std::string_view kFirstGameFrame = "first_game_frame";

struct LimitName {
  std::string_view name;
  uint64_t BudgetLimits::*limit;
  bool is_bytes;
};
constexpr LimitName kLimits[] = {
    {"allocs_per_game_frame", &BudgetLimits::allocs_per_game_frame, false},
    {"alloc_bytes_per_game_frame", &BudgetLimits::alloc_bytes_per_game_frame, true},
    {"live_bytes", &BudgetLimits::live_bytes, true},
};

CommandError wrong(const std::string& path, const toml::source_region& where, const std::string& what) {
  return usage_error(format("{}:{}: {}", path, where.begin.line, what));
}

uint64_t limit_from(const std::string& path, const LimitName& limit, const toml::node& value) {
  if (const auto number = value.value_exact<int64_t>(); number && *number >= 0) return static_cast<uint64_t>(*number);
  if (const auto text = value.value_exact<std::string_view>(); text && limit.is_bytes) {
    if (const auto bytes = bytes_from(*text); bytes && *bytes != BudgetLimits::kNone) return *bytes;
  }
  throw wrong(
      path, value.source(),
      limit.is_bytes
          ? format("{} must be a number of bytes, or a text with a suffix (K, M, G, T) such as \"512M\"", limit.name)
          : format("{} must be a number, 0 or more", limit.name));
}

constexpr std::string_view kRequired = "required";

bool is_required(const std::string& path, const toml::table& table) {
  const toml::node* const value = table.get(kRequired);
  if (value == nullptr) return true;
  if (const auto required = value->value_exact<bool>()) return *required;
  throw wrong(path, value->source(),
              "required must be true or false; false means that a run without this name is no mistake");
}

BudgetLimits limits_from(const std::string& path, std::string_view name, const toml::table& table) {
  BudgetLimits limits;
  for (const auto& [key, value] : table) {
    if (key.str() == kRequired) continue;
    const auto limit = std::ranges::find(kLimits, key.str(), &LimitName::name);
    if (limit == std::end(kLimits)) {
      throw wrong(path, key.source(),
                  format("'{}' is not a limit; the limits are allocs_per_game_frame, alloc_bytes_per_game_frame and "
                         "live_bytes (write a name with a dot or a slash in quotes, [\"Physics/Solver\"])",
                         key.str()));
    }
    limits.*limit->limit = limit_from(path, *limit, value);
  }
  if (limits == BudgetLimits{}) {
    throw wrong(path, table.source(),
                format("the budget of '{}' has no limit: give it one, such as live_bytes = 0", name));
  }
  return limits;
}

void check_name(const std::string& path, const toml::key& key) {
  const std::string_view name = key.str();
  if (name.empty() || name.size() > RecordedBudgets::kMostNameBytes) {
    throw wrong(
        path, key.source(),
        format("a name must have 1 to {} bytes; this one has {}", RecordedBudgets::kMostNameBytes, name.size()));
  }
}

BudgetFile budgets_from(const std::string& path, const toml::table& file) {
  BudgetFile result{.path = path, .budgets = {}};
  for (const auto& [key, value] : file) {
    if (key.str() == kFirstGameFrame) {
      const auto number = value.value_exact<int64_t>();
      if (!number || *number < 0 || *number > UINT32_MAX) {
        throw wrong(path, value.source(), format("{} must be the number of a game frame", kFirstGameFrame));
      }
      result.first_game_frame = static_cast<uint32_t>(*number);
      continue;
    }
    const toml::table* const table = value.as_table();
    if (table == nullptr) {
      throw wrong(
          path, key.source(),
          format("'{}' is neither a budget nor {}: a budget is a table, so write [{}] and a limit in the next line",
                 key.str(), kFirstGameFrame, key.str()));
    }
    check_name(path, key);
    result.budgets.push_back({std::string(key.str()), limits_from(path, key.str(), *table), is_required(path, *table)});
  }
  if (result.budgets.empty()) {
    throw usage_error(
        format("{}: has no budget: write one, such as [Physics] and below it allocs_per_game_frame = 0", path));
  }
  if (result.budgets.size() > RecordedBudgets::kMostPerOrigin) {
    throw usage_error(format("{}: has {} budgets; at most {} are possible", path, result.budgets.size(),
                             RecordedBudgets::kMostPerOrigin));
  }
  return result;
}

}  // namespace

BudgetFile read_budget_file(const std::string& path) {
  try {
    return budgets_from(path, toml::parse_file(path));
  } catch (const toml::parse_error& error) {
    if (error.source().begin.line == 0) throw usage_error(format("{}: {}", path, error.description()));
    throw wrong(path, error.source(), std::string(error.description()));
  }
}

}  // namespace heapreel::tools
