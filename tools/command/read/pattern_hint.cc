#include "tools/command/read/pattern_hint.h"

#include <vector>

#include "snapshot/budget/budget_name.h"
#include "snapshot/budget/reel_budget_names.h"
#include "snapshot/query/snapshot_data.h"
#include "snapshot/text/bare_function.h"
#include "snapshot/text/function_name.h"
#include "snapshot/text/name_matcher.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/read/code_names.h"
#include "tools/command/text/file_name.h"

namespace heapreel::tools {
namespace {

struct NamedKey {
  const char* option;
  KeyType key;
};
constexpr NamedKey kKeys[] = {{"filename", KeyType::filename}, {"function", KeyType::function},
                              {"module", KeyType::module},     {"tag", KeyType::tag},
                              {"domain", KeyType::domain},     {"thread", KeyType::thread}};

// "audio (1234)" is the thread audio.
std::string without_number(std::string name) {
  const size_t at = name.rfind(" (");
  return at != std::string::npos && name.ends_with(')') ? name.substr(0, at) : name;
}

std::vector<std::string> names_of(const Snapshot& snapshot, KeyType key) {
  std::vector<std::string> names;
  for (const Statistic& row : snapshot.statistics(key)) {
    const std::string& name = row.traceback[0].filename();
    names.push_back(key == KeyType::thread ? without_number(name) : name);
  }
  return names;
}

// All names of this kind in the recording, also of what has no block at the moment that is shown.
std::vector<std::string> recorded_names(const Reel& reel, KeyType key) {
  std::vector<std::string> names;
  for (const std::string& text : ReelBudgetNames(reel).all()) {
    const BudgetName name(text);
    const bool is_of_key = key == KeyType::tag      ? name.kind() == BudgetName::Kind::kTag
                           : key == KeyType::domain ? name.kind() == BudgetName::Kind::kDomain
                                                    : key == KeyType::thread && name.is_of_thread();
    if (is_of_key) names.push_back(name.text());
  }
  return names;
}

// The first name that the pattern matches; null when there is none.
const std::string* first_match(const std::string& pattern, const std::vector<std::string>& names) {
  NameMatcher matcher({pattern});
  for (const std::string& name : names) {
    if (matcher.matches(name) || matcher.matches(std::string(without_return_type(name)))) return &name;
  }
  return nullptr;
}

// What a pattern probably means if its author thought of regular expressions.
std::string as_shell_pattern(std::string text) {
  for (size_t at = 0; (at = text.find(".*", at)) != std::string::npos; ++at) text.erase(at, 1);  // the point
  if (text.starts_with('^')) text.erase(0, 1);
  if (text.ends_with('$')) text.pop_back();
  return text;
}

std::string suggestion(const std::string& pattern, const std::vector<std::string>& names) {
  const std::string plain = as_shell_pattern(pattern);
  for (const std::string& other : {plain, format("*{}", plain), format("{}*", plain), format("*{}*", plain)}) {
    if (const std::string* name = first_match(other, names)) return format("; '{}' matches {}", other, *name);
  }
  std::vector<std::string> known = names;
  for (const std::string& name : names) known.push_back(file_name(name));
  for (const std::string& name : names) known.emplace_back(bare_function(name));
  const std::string* const nearest = nearest_name(plain, known);
  if (nearest == nullptr) return "";
  const auto place = static_cast<size_t>(nearest - known.data());
  return format(", did you mean '{}'?", place < 2 * names.size() ? *nearest : names[place - 2 * names.size()]);
}

}  // namespace

std::string pattern_notes() {
  return "patterns, of --function, --filename, --module, --tag, --domain, --thread, their --not- forms and --skip:\n"
         "  A pattern is compared with the whole name, and case counts. * stands for any characters, also / and ::,\n"
         "  ? for one, [abc] and [a-z] for one of these, [!abc] for one of no others. All else stands for itself:\n"
         "  '*game.cpp' is a file in any folder, 'Mesh::*' the functions of Mesh with any parameters, 'Physics*' a "
         "tag\n"
         "  and those below it. Quote them, or the shell takes them for files.\n";
}

std::string pattern_hint(const Arguments& arguments, const ViewOptions& options, const Reel& reel,
                         const Moment& moment) {
  for (const NamedKey& key : kKeys) {
    const std::string option = format("--{}", key.option);
    const std::vector<std::string> patterns = arguments.all_values(option);
    if (patterns.empty()) continue;
    const auto still = still_at(reel, moment);
    const Snapshot all =
        SnapshotData::make_snapshot(still, static_cast<int>(still->sums().traceback_limit), options.skip_list);
    std::vector<std::string> names = names_of(all, key.key);
    const std::vector<std::string> recorded = recorded_names(reel, key.key);
    const size_t shown = names.size();
    names.insert(names.end(), recorded.begin(), recorded.end());
    for (const std::string& pattern : patterns) {
      const std::string* const name = first_match(pattern, names);
      if (name != nullptr && static_cast<size_t>(name - names.data()) < shown) continue;
      if (name != nullptr) return format("{} '{}' matches {}, of which no block lives here", option, pattern, *name);
      return format(
          "{} '{}' matches no name here: a pattern is compared with the whole name, in which * stands for any "
          "characters{}",
          option, pattern, suggestion(pattern, names));
    }
  }
  return "";
}

}  // namespace heapreel::tools
