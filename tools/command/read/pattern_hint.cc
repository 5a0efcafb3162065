#include "tools/command/read/pattern_hint.h"

#include <vector>

#include "snapshot/query/snapshot_data.h"
#include "snapshot/text/function_name.h"
#include "snapshot/text/name_matcher.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

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

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('/') + 1);  // npos + 1 is 0
}

std::string suggestion(const std::string& pattern, const std::vector<std::string>& names) {
  const std::string plain = as_shell_pattern(pattern);
  for (const std::string& other : {plain, format("*{}", plain), format("{}*", plain), format("*{}*", plain)}) {
    if (const std::string* name = first_match(other, names)) return format("; '{}' matches {}", other, *name);
  }
  std::vector<std::string> known = names;
  for (const std::string& name : names) known.push_back(last_part(name));
  return nearest_hint(plain, known);
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
    const std::vector<std::string> names = names_of(all, key.key);
    for (const std::string& pattern : patterns) {
      if (first_match(pattern, names) != nullptr) continue;
      return format(
          "{} '{}' matches no name here: a pattern is compared with the whole name, in which * stands for any "
          "characters{}",
          option, pattern, suggestion(pattern, names));
    }
  }
  return "";
}

}  // namespace heapreel::tools
