#include "tools/command/gate/budget_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "hooks/base/byte_count.h"
#include "snapshot/budget/budget_name.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kFirstGameFrame = "first_game_frame";
constexpr std::string_view kRequired = "required";
constexpr std::string_view kBetween = "between";
constexpr std::string_view kSettle = "settle_game_frames";
constexpr std::string_view kIgnore = "ignore";

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const LimitInfo& info : limit_table()) keys.emplace_back(info.name);
  for (const std::string_view key : {kRequired, kFirstGameFrame, kBetween, kSettle}) keys.emplace_back(key);
  return keys;
}

std::optional<uint32_t> game_frames_from(std::string_view digits) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number >= UINT32_MAX / 2) return std::nullopt;
  return number;
}

// One file, while it is read.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  BudgetFile read(const toml::table& file) {
    BudgetFile result{.path = path_, .plan = {}};
    // Read first, because it also holds for budgets that stand above it.
    if (const toml::node* const start = file.get(kFirstGameFrame)) result.plan.start = start_from(*start);
    for (const auto& [key, value] : file) {
      if (key.str() == kFirstGameFrame) continue;
      if (key.str() == kIgnore && value.is_array()) {
        read_ignores(*value.as_array(), result.plan.ignores);
        continue;
      }
      read_budget(key, value, result);
    }
    check(result);
    return result;
  }

 private:
  CommandError wrong(const toml::source_region& where, const std::string& what) const {
    return usage_error(format("{}:{}: {}", path_, where.begin.line, what));
  }

  void read_budget(const toml::key& key, const toml::node& value, BudgetFile& result) const {
    const toml::table* const table = value.as_table();
    if (table == nullptr) {
      throw wrong(
          key.source(),
          format("'{}' is neither a budget nor {}{}: a budget is a table, so write [{}] and a limit in the next line",
                 key.str(), kFirstGameFrame, nearest_hint(key.str(), {std::string(kFirstGameFrame)}), key.str()));
    }
    check_name(key);
    Budget budget;
    budget.name = std::string(key.str());
    budget.line = key.source().begin.line;
    budget.start = result.plan.start;
    for (const auto& [name, node] : *table) read_key(name, node, budget);
    if (!budget.required) result.optional_names.push_back(budget.name);
    if (budget.limits.empty() && !budget.required) return;
    check_limits(*table, budget);
    result.plan.budgets.push_back(std::move(budget));
  }

  void read_key(const toml::key& key, const toml::node& value, Budget& budget) const {
    if (key.str() == kRequired) {
      budget.required = is_required(value);
    } else if (key.str() == kFirstGameFrame) {
      budget.start = start_from(value);
    } else if (key.str() == kBetween) {
      read_between(value, budget);
    } else if (key.str() == kSettle) {
      budget.settle_game_frames = number_from(kSettle, value);
    } else {
      const auto limit = std::ranges::find(limit_table(), key.str(), &LimitInfo::name);
      if (limit == limit_table().end()) {
        throw wrong(key.source(),
                    format("'{}' is not a limit{}; the limits are allocs_per_game_frame, alloc_bytes_per_game_frame, "
                           "live_bytes and those that tools/BUDGETS.md lists (write a name with a dot or a slash in "
                           "quotes, [\"Physics/Solver\"])",
                           key.str(), nearest_hint(key.str(), known_keys())));
      }
      budget.limits.push_back({limit->kind, limit_from(*limit, value), value.source().begin.line});
    }
  }

  uint64_t limit_from(const LimitInfo& limit, const toml::node& value) const {
    if (const auto number = value.value_exact<int64_t>(); number && *number >= 0) return static_cast<uint64_t>(*number);
    if (const auto text = value.value_exact<std::string_view>(); text && limit.is_bytes) {
      if (const auto bytes = byte_count(*text); bytes && *bytes != UINT64_MAX) return *bytes;
    }
    throw wrong(
        value.source(),
        limit.is_bytes
            ? format("{} must be a number of bytes, or a text with a suffix (K, M, G, T) such as \"512M\"", limit.name)
            : format("{} must be a number, 0 or more", limit.name));
  }

  uint32_t number_from(std::string_view key, const toml::node& value) const {
    const auto number = value.value_exact<int64_t>();
    if (number && *number >= 0 && *number < UINT32_MAX / 2) return static_cast<uint32_t>(*number);
    throw wrong(value.source(), format("{} must be a number of game frames", key));
  }

  bool is_required(const toml::node& value) const {
    if (const auto required = value.value_exact<bool>()) return *required;
    throw wrong(value.source(),
                "required must be true or false; false means that a run without this name is no mistake");
  }

  BudgetStart start_from(const toml::node& value) const {
    if (const auto number = value.value_exact<int64_t>(); number && *number >= 0 && *number < UINT32_MAX / 2) {
      return {.number = static_cast<uint32_t>(*number)};
    }
    const auto text = value.value_exact<std::string_view>();
    const auto start = text && text->starts_with("mark:") ? budget_start_from(*text) : std::nullopt;
    if (start) return *start;
    throw wrong(value.source(), format("{} must be the number of a game frame, or a mark: \"mark:NAME\" or "
                                       "\"mark:NAME+30\"",
                                       kFirstGameFrame));
  }

  void read_between(const toml::node& value, Budget& budget) const {
    const toml::array* const marks = value.as_array();
    const auto name = [&](size_t at) {
      return marks == nullptr || marks->size() != 2 ? std::nullopt : marks->get(at)->value_exact<std::string>();
    };
    if (!name(0).value_or("").empty() && !name(1).value_or("").empty()) {
      budget.from_mark = *name(0);
      budget.to_mark = *name(1);
      return;
    }
    throw wrong(value.source(),
                format("{} must be the names of two marks, [\"level-loaded\", \"level-unloaded\"]", kBetween));
  }

  void check_limits(const toml::table& table, const Budget& budget) const {
    if (budget.limits.empty()) {
      throw wrong(table.source(),
                  format("the budget of '{}' has no limit: give it one, such as live_bytes = 0", budget.name));
    }
    const bool is_left = budget.limit(LimitKind::kBlocksLeft) || budget.limit(LimitKind::kBytesLeft);
    if (is_left && budget.from_mark.empty()) {
      throw wrong(table.source(), format("the budget of '{}' limits what is left between two marks: name them, {} = "
                                         "[\"level-loaded\", \"level-unloaded\"]",
                                         budget.name, kBetween));
    }
    if (!is_left && !budget.from_mark.empty()) {
      throw wrong(table.source(), format("the budget of '{}' names two marks, and has no limit of what is left between "
                                         "them: blocks_left or bytes_left",
                                         budget.name));
    }
    if (budget.limit(LimitKind::kNewSites) && BudgetName(budget.name).is_of_thread()) {
      throw wrong(table.source(),
                  format("the budget of '{}' cannot have new_sites: a reel does not say which thread a call site "
                         "belongs to; give the thread's work a tag, and the tag this limit",
                         budget.name));
    }
    if (budget.limit(LimitKind::kPeakBytes) && !BudgetName(budget.name).has_peak()) {
      throw wrong(table.source(),
                  format("the budget of '{}' cannot have peak_bytes: how much lives at once within a game frame is "
                         "recorded of the program's own domains only, [\"domain:NAME\"]; live_bytes limits what lives "
                         "at the end of each game frame",
                         budget.name));
    }
  }

  void check_name(const toml::key& key) const {
    const std::string_view name = key.str();
    if (name.empty() || name.size() > RecordedBudgets::kMostNameBytes) {
      throw wrong(key.source(), format("a name must have 1 to {} bytes; this one has {}",
                                       RecordedBudgets::kMostNameBytes, name.size()));
    }
    if (BudgetName(name).kind() != BudgetName::Kind::kEverything && BudgetName(name).text().empty()) {
      throw wrong(key.source(), format("'{}' names nothing: a name has to follow the colon", name));
    }
  }

  void read_ignores(const toml::array& all, std::vector<SiteIgnore>& ignores) const {
    for (const toml::node& node : all) {
      const toml::table* const table = node.as_table();
      if (table == nullptr) throw wrong(node.source(), "an ignore is a table: [[ignore]] and its keys below it");
      ignores.push_back(ignore_from(*table));
    }
  }

  SiteIgnore ignore_from(const toml::table& table) const {
    SiteIgnore ignore;
    ignore.line = table.source().begin.line;
    const std::pair<std::string_view, std::string*> texts[] = {{"function", &ignore.code.function},
                                                               {"file", &ignore.code.file},
                                                               {"module", &ignore.code.module},
                                                               {"budget", &ignore.budget},
                                                               {"reason", &ignore.reason}};
    for (const auto& [key, value] : table) {
      const auto text = std::ranges::find(texts, key.str(), &std::pair<std::string_view, std::string*>::first);
      if (text == std::end(texts)) {
        throw wrong(key.source(),
                    format("'{}' is not a key of an ignore{}; they are function, file, module, budget "
                           "and reason",
                           key.str(), nearest_hint(key.str(), {"function", "file", "module", "budget", "reason"})));
      }
      const auto given = value.value_exact<std::string>();
      if (!given || given->empty()) throw wrong(value.source(), format("{} must be a text", key.str()));
      const bool is_pattern = text->second == &ignore.code.function || text->second == &ignore.code.file ||
                              text->second == &ignore.code.module;
      if (is_pattern && given->find_first_not_of('*') == std::string::npos)
        throw wrong(value.source(), format("{} = \"{}\" ignores everything: say what", key.str(), *given));
      *text->second = *given;
    }
    if (ignore.code.function.empty() && ignore.code.file.empty() && ignore.code.module.empty()) {
      throw wrong(table.source(), "an ignore has to say what: function, file or module");
    }
    if (ignore.reason.empty()) throw wrong(table.source(), "an ignore has to say why: reason = \"...\"");
    if (BudgetName(ignore.budget).is_of_thread()) {
      throw wrong(table.source(),
                  "budgets of threads cannot ignore code: a reel does not say which thread a call site "
                  "belongs to");
    }
    return ignore;
  }

  void check(const BudgetFile& file) const {
    const std::vector<Budget>& budgets = file.plan.budgets;
    if (budgets.empty() && file.optional_names.empty()) {
      throw usage_error(
          format("{}: has no budget: write one, such as [Physics] and below it allocs_per_game_frame = 0", path_));
    }
    if (budgets.size() > RecordedBudgets::kMostPerOrigin) {
      throw usage_error(format("{}: has {} budgets; at most {} are possible", path_, budgets.size(),
                               RecordedBudgets::kMostPerOrigin));
    }
    std::vector<std::string> names = file.optional_names;
    for (const Budget& budget : budgets) names.push_back(budget.name);
    for (const SiteIgnore& ignore : file.plan.ignores) {
      // It may name a budget that the program declares, which is known only when there is a recording.
      if (ignore.budget.empty() || std::ranges::find(names, ignore.budget) != names.end()) continue;
      throw usage_error(format("{}:{}: the file has no budget '{}' to ignore this for{}", path_, ignore.line,
                               ignore.budget, nearest_hint(ignore.budget, names)));
    }
  }

  const std::string path_;
};

}  // namespace

std::optional<BudgetStart> budget_start_from(std::string_view text) {
  constexpr std::string_view kMark = "mark:";
  if (!text.starts_with(kMark)) {
    const auto number = game_frames_from(text);
    return number ? std::optional(BudgetStart{.number = *number}) : std::nullopt;
  }
  const std::string_view name = text.substr(kMark.size());
  if (name.empty()) return std::nullopt;
  const size_t plus = name.rfind('+');
  const auto later = plus == name.npos || plus == 0 ? std::nullopt : game_frames_from(name.substr(plus + 1));
  if (later) return BudgetStart{.mark = std::string(name.substr(0, plus)), .number = *later};
  return BudgetStart{.mark = std::string(name)};
}

BudgetFile read_budget_file(const std::string& path) {
  try {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) throw usage_error(format("{}: is a folder: name a file", path));
    return Reader(path).read(toml::parse_file(path));
  } catch (const toml::parse_error& error) {
    if (error.source().begin.line == 0) throw usage_error(format("{}: {}", path, error.description()));
    throw usage_error(format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
}

BudgetFile budgets_of_option(const std::string& value) {
  return value == kDeclaredBudgets ? BudgetFile{.path = value, .plan = {}} : read_budget_file(value);
}

}  // namespace heapreel::tools
