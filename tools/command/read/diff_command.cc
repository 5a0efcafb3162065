// `heapreel diff`: what changed in the live heap between two moments, of one reel or of two.
#include <heapreel/size_text.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/churn_table.h"
#include "tools/command/read/pattern_hint.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/read/temporaries.h"
#include "tools/command/read/view_options.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

struct Side {
  std::string path;
  const Reel& reel;
  Moment moment;
  uint64_t live_bytes = 0;
  uint64_t live_blocks = 0;
};

std::string signed_size(int64_t bytes) {
  return format_size(static_cast<double>(bytes), true);
}
std::string signed_count(int64_t count) {
  const uint64_t magnitude = count < 0 ? uint64_t{0} - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  return format("{}{}", count < 0 ? "-" : "+", grouped(magnitude));
}

bool changed(const StatisticDiff& row) {
  return row.size_diff != 0 || row.count_diff != 0;
}

// The growth of the groups that are not shown.
struct Growth {
  int64_t size = 0;
  int64_t count = 0;

  static Growth from(const std::vector<StatisticDiff>& rows, size_t shown) {
    Growth sum;
    for (size_t i = shown; i < rows.size(); ++i) {
      sum.size += rows[i].size_diff;
      sum.count += rows[i].count_diff;
    }
    return sum;
  }
};

void measure(Side& side, const Snapshot& snapshot) {
  for (const Statistic& row : snapshot.statistics(KeyType::domain)) {
    side.live_bytes += row.size;
    side.live_blocks += row.count;
  }
}

void write_side(JsonWriter& json, const char* name, const Side& side) {
  json.key(name).begin_object().member("file", side.path);
  write_moment(json, side.reel, side.moment);
  json.member("live_bytes", side.live_bytes).member("live_blocks", side.live_blocks).end_object();
}

std::string json_text(const Side& before, const Side& after, const ViewOptions& options,
                      const std::vector<StatisticDiff>& rows, size_t shown) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.diff/1");
  write_side(json, "before", before);
  write_side(json, "after", after);
  json.member("by", to_string(options.key)).member("cumulative", options.cumulative);
  json.member("groups", uint64_t{rows.size()}).member("groups_shown", uint64_t{shown});
  json.key("not_shown").begin_object().member("groups", uint64_t{rows.size() - shown});
  if (!options.cumulative) {
    const Growth others = Growth::from(rows, shown);
    json.member("size_diff", others.size).member("count_diff", others.count);
  }
  json.end_object().key("differences").begin_array();
  for (size_t i = 0; i < shown; ++i) {
    const StatisticDiff& row = rows[i];
    json.begin_object().member("size", row.size).member("size_diff", row.size_diff);
    json.member("count", row.count).member("count_diff", row.count_diff).key("traceback");
    write_frames(json, row.traceback);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

// A still does not say of which program it is.
std::string program_text(const Reel& reel) {
  const std::string& program = reel.info().header.program;
  return program.empty() ? "an unnamed program" : program;
}

std::string sides_text(const Side& before, const Side& after) {
  const std::string from = moment_text(before.reel, before.moment);
  const std::string to = moment_text(after.reel, after.moment);
  if (before.path != after.path) return format("{} {} -> {} {}", before.path, from, after.path, to);
  if (before.moment.mark || after.moment.mark) return format("{}  {} -> {}", before.path, from, to);
  return format("{}  game frames {} -> {}", before.path, game_frame_name(before.reel, before.moment.game_frame),
                game_frame_name(after.reel, after.moment.game_frame));
}

std::string diff_text(const Side& before, const Side& after, const ViewOptions& options,
                      const std::vector<StatisticDiff>& rows, size_t shown) {
  std::string text = sides_text(before, after);
  const int64_t growth = static_cast<int64_t>(after.live_bytes) - static_cast<int64_t>(before.live_bytes);
  text += format("   live {} in {} -> {} in {}   ({})\n\n", size_text(before.live_bytes),
                 counted(before.live_blocks, "block"), size_text(after.live_bytes), counted(after.live_blocks, "block"),
                 signed_size(growth));
  TableText table({{"size diff"},
                   {"size"},
                   {"count diff"},
                   {"count"},
                   {std::string(to_string(options.key)), TableText::Align::kLeft}});
  for (size_t i = 0; i < shown; ++i) {
    const StatisticDiff& row = rows[i];
    std::vector<std::string> cells = {signed_size(row.size_diff), size_text(row.size), signed_count(row.count_diff),
                                      grouped(row.count)};
    bool first = true;
    for (std::string& line : site_lines(row.traceback, options.depth)) {
      cells.push_back(std::move(line));
      table.add(std::move(cells));
      if (std::exchange(first, false) && row.size_diff != 0) {
        table.colour(0, row.size_diff > 0 ? Colour::kRed : Colour::kGreen);
      }
      cells = {"", "", "", ""};
    }
  }
  if (shown < rows.size()) {
    std::vector<std::string> cells = {"", "", "", "", format("... and {} more", grouped(rows.size() - shown))};
    if (!options.cumulative) {
      const Growth others = Growth::from(rows, shown);
      cells[0] = signed_size(others.size);
      cells[2] = signed_count(others.count);
    } else {
      cells.back() += ", which share blocks";
    }
    table.add(std::move(cells));
  }
  if (table.empty()) return text + "nothing changed\n";
  return text + table.text(options.columns);
}

std::vector<OptionSpec> diff_option_table() {
  std::vector<OptionSpec> options = ViewOptions::option_table();
  options.push_back({"--born", "", "A..B", "only blocks born in these game frames"});
  options.push_back({"--churn", "", "",
                     "show what was allocated and freed instead, with the blocks that were freed again; a free counts "
                     "for the group that allocated the block"});
  options.push_back({"--temporaries", "", "",
                     "show the blocks that were allocated and freed in the same game frame instead, of the game frames "
                     "after A, up to B"});
  return options;
}

// Prints temporaries, of one reel.
ExitStatus print_temporaries(const Arguments& arguments, const ViewOptions& options) {
  for (const char* option : {"--churn", "--born", "--python-text"}) {
    if (arguments.has(option)) throw usage_error(format("diff: --temporaries and {} exclude each other", option));
  }
  const auto [path, from] = split_spec(arguments.operands()[0]);
  const auto [other_path, to] = split_spec(arguments.operands()[1]);
  if (path != other_path) throw usage_error("diff: --temporaries looks at game frames of one reel");
  const Reel reel = open_reel(path, symbol_options(arguments));
  const uint32_t before = game_frame_of(reel, from);
  const uint32_t after = game_frame_of(reel, to);
  try {
    std::fputs(temporaries_view(reel, path, before, after, options).text(options).c_str(), stdout);
  } catch (const ReelError& damage) {
    throw unreadable(damage.what());
  }
  report_symbols(reel);
  return completeness(reel.info());
}

ExitStatus print_diff(const Arguments& arguments) {
  arguments.require_operands(2);
  const ViewOptions options = ViewOptions::from(arguments, KeyType::lineno);
  if (arguments.has("--temporaries")) return print_temporaries(arguments, options);
  if (arguments.has("--churn")) {
    if (options.key == KeyType::thread) {
      expect_threads_only(arguments, "diff: --churn --by thread");
    } else {
      expect_sites_only(arguments, "diff: --churn");
    }
  }
  const auto [old_path, old_spec] = split_spec(arguments.operands()[0]);
  const auto [new_path, new_spec] = split_spec(arguments.operands()[1]);
  const Reel old_reel = open_reel(old_path, symbol_options(arguments));
  const Reel new_reel = new_path == old_path ? old_reel : open_reel(new_path, symbol_options(arguments));
  if (old_reel.info().header.program != new_reel.info().header.program) {
    std::fputs(
        format(
            "heapreel: {} is a recording of {}, {} one of {}: groups of the same name are compared with each other\n",
            old_path, program_text(old_reel), new_path, program_text(new_reel))
            .c_str(),
        stderr);
  }
  Side before{.path = old_path, .reel = old_reel, .moment = moment_of(old_reel, old_spec)};
  Side after{.path = new_path, .reel = new_reel, .moment = moment_of(new_reel, new_spec)};
  const std::string born = arguments.value("--born").value_or("");
  const Snapshot old_snapshot = options.view(old_reel, before.moment, born);
  const Snapshot new_snapshot = options.view(new_reel, after.moment, born);
  before.moment.game_frame = static_cast<uint32_t>(old_snapshot.game_frame());
  after.moment.game_frame = static_cast<uint32_t>(new_snapshot.game_frame());
  const ExitStatus status = std::max(completeness(old_reel.info()), completeness(new_reel.info()));
  if (arguments.has("--churn")) {
    const std::string what = sides_text(before, after);
    std::fputs(
        churn_text(what, old_path, old_reel, before.moment, after.moment, old_snapshot, new_snapshot, options).c_str(),
        stdout);
    report_symbols(new_reel);
    return status;
  }
  measure(before, old_snapshot);
  measure(after, new_snapshot);

  std::vector<StatisticDiff> rows = new_snapshot.compare_to(old_snapshot, options.key, options.cumulative);
  // tracemalloc lists what stayed the same as well.
  if (!options.python_text) std::erase_if(rows, [](const StatisticDiff& row) { return !changed(row); });
  const size_t shown = std::min(options.rows, rows.size());
  std::string hint;
  if (rows.empty() && !options.json && !options.python_text) {
    hint = pattern_hint(arguments, options, new_reel, after.moment);
    if (!hint.empty()) hint = printable(hint) + "\n";
  }
  std::string text;
  if (options.python_text) {
    for (size_t i = 0; i < shown; ++i) text += printable(rows[i].to_string()) + "\n";
  } else {
    text =
        options.json ? json_text(before, after, options, rows, shown) : diff_text(before, after, options, rows, shown);
  }
  std::fputs((text + hint).c_str(), stdout);
  report_symbols(old_reel);
  if (new_path != old_path) report_symbols(new_reel);
  return status;
}

}  // namespace

CommandSpec diff_command() {
  static constexpr Example examples[] = {
      {"heapreel diff game.reel@100 game.reel@190", "what grew and what shrank between two game frames"},
      {"heapreel diff --churn --by thread game.reel@100 game.reel@110",
       "what came and went in between, by who allocated it"},
      {"heapreel diff --by function old.reel game.reel", "how two runs ended, function by function"},
  };
  return {.name = "diff",
          .operands = "FILE[@A] FILE[@B]",
          .help = "what changed between two game frames or marks",
          .options = diff_option_table,
          .execute = print_diff,
          .notes = pattern_notes,
          .examples = examples};
}

}  // namespace heapreel::tools
