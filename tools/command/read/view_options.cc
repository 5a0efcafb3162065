#include "tools/command/read/view_options.h"

#include <heapreel/domain_totals.h>

#include <set>
#include <stdexcept>

#include "snapshot/model/block_subset.h"
#include "snapshot/query/snapshot_data.h"
#include "snapshot/text/name_matcher.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/skip_options.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

std::vector<std::string> key_names() {
  std::vector<std::string> names;
  for (const KeyType key : key_types()) names.emplace_back(to_string(key));
  return names;
}

// "filename, lineno ... or birth".
std::string key_list(bool (*is_listed)(KeyType)) {
  std::string text;
  std::string_view last;
  for (const KeyType key : key_types()) {
    if (!is_listed(key)) continue;
    if (!last.empty()) text += format("{}{}", text.empty() ? "" : ", ", last);
    last = to_string(key);
  }
  return format("{} or {}", text, last);
}

std::string all_keys() {
  return key_list([](KeyType) { return true; });
}

KeyType key_type(const std::string& name) {
  try {
    return key_type_from_string(name);
  } catch (const std::invalid_argument&) {
    throw usage_error(format("--by: unknown key '{}'{} ({})", name, nearest_hint(name, key_names()), all_keys()));
  }
}

// One pattern option: what it matches, and where a filter keeps it.
struct PatternOption {
  const char* name;
  std::optional<std::string> Filter::*field;  // null: the file name, which every filter has
};

constexpr PatternOption kPatterns[] = {
    {"filename", nullptr},
    {"function", &Filter::function_pattern},
    {"module", &Filter::module_pattern},
    {"tag", &Filter::tag_pattern},
};

std::vector<std::vector<TraceFilter>> filters_from(const Arguments& arguments) {
  std::vector<std::vector<TraceFilter>> lists;
  const bool all_frames = arguments.has("--all-frames");
  for (const PatternOption& option : kPatterns) {
    std::vector<TraceFilter> list;
    for (const bool inclusive : {true, false}) {
      for (const std::string& pattern : arguments.all_values(format("--{}{}", inclusive ? "" : "not-", option.name))) {
        Filter filter(inclusive, option.field == nullptr ? pattern : "*", std::nullopt, all_frames);
        if (option.field != nullptr) filter.*option.field = pattern;
        list.emplace_back(std::move(filter));
      }
    }
    if (!list.empty()) lists.push_back(std::move(list));
  }
  return lists;
}

// The domains or threads of a reel that the patterns name, by name or by number.
class NamedPlaces {
 public:
  NamedPlaces(const RecordedNames& names, const std::vector<std::string>& patterns,
              uint32_t (*number_of)(uint32_t place, const RecordedName& name)) {
    if (patterns.empty()) return;
    NameMatcher matcher(patterns);
    for (uint32_t place = 0; place < names.count(); ++place) {
      const RecordedName* name = names.find(place);
      if (name == nullptr) continue;
      if (matcher.matches(name->text) || matcher.matches(std::to_string(number_of(place, *name)))) {
        places_.insert(place);
      }
    }
  }
  bool has(uint32_t place) const { return places_.contains(place); }

 private:
  std::set<uint32_t> places_;
};

uint32_t domain_number(uint32_t place, const RecordedName&) {
  return place;
}
uint32_t thread_number(uint32_t, const RecordedName& name) {
  return name.number;
}

}  // namespace

std::vector<OptionSpec> ViewOptions::option_table() {
  std::vector<OptionSpec> options = {
      {"--by", "", "KEY", format("group by {}", all_keys())},
      {"--cumulative", "", "",
       "count a block in the groups of all its stack frames, not only of the most recent one; a group that is on the "
       "stack several times counts once (with --python-text each time, as tracemalloc does)"},
      {"--rows", "-n", "N", "show the N largest groups (default 10)"},
      {"--depth", "", "N", "show at most N stack frames of a traceback (default 16; 0: all)"},
      {"--json", "", "", "print JSON, integers in bytes"},
      {"--python-text", "", "", "print exactly the text of Python's tracemalloc"},
      {"--all-frames", "", "", "let the patterns match any frame of a stack, not only the most recent"},
  };
  for (const char* name : {"filename", "function", "module", "tag", "domain", "thread"}) {
    options.push_back({format("--{}", name), "", "PATTERN", format("only blocks whose {} matches", name), true});
    options.push_back({format("--not-{}", name), "", "PATTERN", format("no blocks whose {} matches", name), true});
  }
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (OptionSpec& option : table()) options.push_back(std::move(option));
  }
  return options;
}

ViewOptions ViewOptions::from(const Arguments& arguments, KeyType default_key) {
  ViewOptions options;
  options.key = default_key;
  if (const auto name = arguments.value("--by"); name) options.key = key_type(*name);
  options.cumulative = arguments.has("--cumulative");
  if (options.cumulative && !is_frame_key(options.key)) {
    throw usage_error(
        format("--cumulative goes with --by {}, not with {}", key_list(is_frame_key), to_string(options.key)));
  }
  options.rows = arguments.number("--rows", 0, UINT32_MAX, 10);
  options.depth = arguments.number("--depth", 0, UINT32_MAX, 16);
  options.json = arguments.has("--json");
  options.python_text = arguments.has("--python-text");
  if (options.json && options.python_text) throw usage_error("--json and --python-text exclude each other");
  if (arguments.has("--depth") && (options.json || options.python_text)) {
    throw usage_error("--depth is for tables: JSON has every stack frame, Python's text the most recent one");
  }
  options.columns = terminal_columns();
  options.skip_list = skip_list_from(arguments);
  options.filters = filters_from(arguments);
  options.domains = arguments.all_values("--domain");
  options.other_domains = arguments.all_values("--not-domain");
  options.threads = arguments.all_values("--thread");
  options.other_threads = arguments.all_values("--not-thread");
  return options;
}

void expect_threads_only(const Arguments& arguments, const std::string& what) {
  if (!arguments.has("--born")) return;
  throw usage_error(
      format("{} and --born exclude each other: a reel does not say when blocks that were freed were born", what));
}

void expect_sites_only(const Arguments& arguments, const std::string& what) {
  for (const char* option : {"--born", "--thread", "--not-thread"}) {
    if (!arguments.has(option)) continue;
    throw usage_error(
        format("{} and {} exclude each other: of blocks that were freed only the sums of their sites are known", what,
               option));
  }
}

Snapshot ViewOptions::view(const Reel& reel, const Moment& moment, const std::string& born, bool own) const {
  const std::shared_ptr<const ReelTraceSet> still = still_at(reel, moment);
  const auto limit = static_cast<int>(still->sums().traceback_limit);
  const Snapshot whole = SnapshotData::make_snapshot(still, limit, skip_list, recursion());
  const Snapshot snapshot = filtered(own ? without_heaps(whole) : whole, still->tables());
  if (born.empty()) return snapshot;
  const auto [first, last] = game_frame_range(reel, born);
  return snapshot.born(first, last);
}

Snapshot ViewOptions::filtered(Snapshot snapshot, const ReelTables& names) const {
  for (const auto& list : filters) snapshot = snapshot.filter_traces(list);
  const auto is_kept = [](const std::vector<std::string>& only, const NamedPlaces& in, const NamedPlaces& out,
                          uint32_t place) { return (only.empty() || in.has(place)) && !out.has(place); };
  if (!domains.empty() || !other_domains.empty()) {
    const RecordedNames& known = names.names(NameKind::kDomain);
    const NamedPlaces in(known, domains, domain_number);
    const NamedPlaces out(known, other_domains, domain_number);
    std::vector<TraceFilter> list = {DomainFilter(true, -1)};  // there is no such domain
    for (uint32_t domain = 0; domain < known.count(); ++domain) {
      if (is_kept(domains, in, out, domain)) list.emplace_back(DomainFilter(true, domain));
    }
    snapshot = snapshot.filter_traces(list);
  }
  if (threads.empty() && other_threads.empty()) return snapshot;
  const RecordedNames& known = names.names(NameKind::kThread);
  const NamedPlaces in(known, threads, thread_number);
  const NamedPlaces out(known, other_threads, thread_number);
  const auto is_selected = [in, out, any = threads.empty()](uint32_t thread) {
    return (any || in.has(thread)) && !out.has(thread);
  };
  return SnapshotData::make_snapshot(BlockSubset::of_threads(SnapshotData::of(snapshot)->shared_set(), is_selected),
                                     snapshot.traceback_limit(), skip_list, recursion());
}

}  // namespace heapreel::tools
