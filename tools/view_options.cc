#include "tools/view_options.h"

#include <stdexcept>

#include "snapshot/snapshot_data.h"
#include "tools/born_trace_set.h"
#include "tools/errors.h"
#include "tools/format.h"
#include "tools/nearest_name.h"
#include "tools/skip_options.h"
#include "tools/symbol_options.h"

namespace heapreel::tools {
namespace {

const std::vector<std::string> kKeys = {"filename", "lineno", "traceback", "function",  "module",
                                        "domain",   "tag",    "thread",    "size_class"};

KeyType key_type(const std::string& name) {
  try {
    return key_type_from_string(name);
  } catch (const std::invalid_argument&) {
    throw usage_error(
        format("--by: unknown key '{}'{} (filename, lineno, traceback, function, module, domain, tag, "
               "thread or size_class)",
               name, nearest_hint(name, kKeys)));
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

std::vector<TraceFilter> filters_from(const Arguments& arguments) {
  std::vector<TraceFilter> filters;
  const bool all_frames = arguments.has("--all-frames");
  for (const bool inclusive : {true, false}) {
    for (const PatternOption& option : kPatterns) {
      for (const std::string& pattern : arguments.all_values(format("--{}{}", inclusive ? "" : "not-", option.name))) {
        Filter filter(inclusive, option.field == nullptr ? pattern : "*", std::nullopt, all_frames);
        if (option.field != nullptr) filter.*option.field = pattern;
        filters.emplace_back(std::move(filter));
      }
    }
  }
  if (arguments.has("--domain")) {
    filters.emplace_back(DomainFilter(true, static_cast<int64_t>(arguments.number("--domain", 0, UINT32_MAX, 0))));
  }
  return filters;
}

}  // namespace

std::vector<OptionSpec> ViewOptions::option_table() {
  std::vector<OptionSpec> options = {
      {"--by", "", "KEY", "group by filename, lineno, traceback, function, module, domain, tag, thread or size_class"},
      {"--cumulative", "", "", "count every stack frame for its group, not only the most recent"},
      {"--rows", "-n", "N", "show so many groups (default 10)"},
      {"--json", "", "", "print JSON, integers in bytes"},
      {"--python-text", "", "", "print Python's tracemalloc's text, to the letter"},
      {"--all-frames", "", "", "let the patterns match any frame of a stack, not only the most recent"},
      {"--domain", "", "N", "only blocks of this domain; 0 is malloc and new"},
  };
  for (const PatternOption& option : kPatterns) {
    options.push_back(
        {format("--{}", option.name), "", "PATTERN", format("only blocks whose {} matches", option.name), true});
    options.push_back(
        {format("--not-{}", option.name), "", "PATTERN", format("no blocks whose {} matches", option.name), true});
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
    throw usage_error(format("--cumulative goes with --by filename, lineno, function or module, not with {}",
                             to_string(options.key)));
  }
  options.rows = arguments.number("--rows", 0, UINT32_MAX, 10);
  options.json = arguments.has("--json");
  options.python_text = arguments.has("--python-text");
  if (options.json && options.python_text) throw usage_error("--json and --python-text exclude each other");
  options.skip_list = skip_list_from(arguments);
  options.filters = filters_from(arguments);
  return options;
}

Snapshot ViewOptions::view(const Reel& reel, uint32_t game_frame, const std::string& born) const {
  const std::shared_ptr<const ReelTraceSet> still = still_at(reel, game_frame);
  const auto limit = static_cast<int>(still->sums().traceback_limit);
  std::shared_ptr<const TraceSet> set = still;
  if (!born.empty()) {
    const auto [first, last] = game_frame_range(reel, born);
    set = std::make_shared<const BornTraceSet>(still, first, last);
  }
  Snapshot snapshot = SnapshotData::make_snapshot(std::move(set), limit, skip_list);
  return filters.empty() ? snapshot : snapshot.filter_traces(filters);
}

}  // namespace heapreel::tools
