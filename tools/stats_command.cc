#include "tools/stats_command.h"

#include <heapreel/size_text.h>

#include <cstdio>

#include "tools/errors.h"
#include "tools/format.h"
#include "tools/site_text.h"
#include "tools/symbol_options.h"
#include "tools/symbol_report.h"
#include "tools/table_text.h"
#include "tools/view_options.h"

namespace heapreel::tools {
namespace {

struct Sum {
  uint64_t size = 0;
  uint64_t count = 0;
};

template <class Rows>
Sum sum_of(const Rows& rows, size_t from) {
  Sum sum;
  for (size_t i = from; i < rows.size(); ++i) {
    sum.size += rows[i].size;
    sum.count += rows[i].count;
  }
  return sum;
}

std::string size_text(uint64_t bytes) {
  return format_size(static_cast<double>(bytes));
}

// What is shown, and what of.
struct View {
  std::string schema;
  std::string path;
  uint32_t game_frame = 0;
  std::string born;
  ViewOptions options;
  std::vector<Statistic> rows{};
  Sum total{};  // of all blocks in view, each counted once
};

std::string json_text(const View& view) {
  JsonWriter json;
  json.begin_object().member("schema", view.schema).member("game_frame", view.game_frame);
  if (!view.born.empty()) json.member("born", view.born);
  json.member("by", to_string(view.options.key)).member("cumulative", view.options.cumulative);
  json.member("live_bytes", view.total.size).member("live_blocks", view.total.count);
  json.member("groups", uint64_t{view.rows.size()}).key("statistics").begin_array();
  for (size_t i = 0; i < view.rows.size() && i < view.options.rows; ++i) {
    const Statistic& row = view.rows[i];
    json.begin_object().member("size", row.size).member("count", row.count).key("traceback");
    write_frames(json, row.traceback);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

std::string table_text(const View& view) {
  const std::string born = view.born.empty() ? "" : format(", born in {}", view.born);
  std::string text = format("{}  game frame {}{}   live {} in {} blocks\n\n", view.path, view.game_frame, born,
                            size_text(view.total.size), grouped(view.total.count));
  TableText table(
      {{"size"}, {"count"}, {"average"}, {std::string(to_string(view.options.key)), TableText::Align::kLeft}});
  const size_t shown = std::min(view.options.rows, view.rows.size());
  for (size_t i = 0; i < shown; ++i) {
    const Statistic& row = view.rows[i];
    std::vector<std::string> cells = {size_text(row.size), grouped(row.count),
                                      row.count == 0 ? "" : format_size(average_size(row.size, row.count))};
    for (std::string& line : site_lines(row.traceback)) {
      cells.push_back(std::move(line));
      table.add(std::move(cells));
      cells = {"", "", ""};
    }
  }
  if (shown < view.rows.size()) {
    const Sum hidden = sum_of(view.rows, shown);
    table.add(
        {size_text(hidden.size), grouped(hidden.count), "", format("{} others", grouped(view.rows.size() - shown))});
  }
  return text + table.text();
}

std::string python_text(const View& view) {
  std::string text;
  for (size_t i = 0; i < view.rows.size() && i < view.options.rows; ++i) text += view.rows[i].to_string() + "\n";
  return text;
}

void print(const View& view) {
  const std::string text = view.options.json          ? json_text(view)
                           : view.options.python_text ? python_text(view)
                                                      : table_text(view);
  std::fputs(text.c_str(), stdout);
}

View make_view(const Arguments& arguments, const Reel& reel, std::string path, uint32_t game_frame, std::string born,
               KeyType default_key) {
  View view{.schema = format("heapreel.{}/1", arguments.command().name),
            .path = std::move(path),
            .game_frame = game_frame,
            .born = std::move(born),
            .options = ViewOptions::from(arguments, default_key)};
  const Snapshot snapshot = view.options.view(reel, game_frame, view.born);
  view.rows = snapshot.statistics(view.options.key, view.options.cumulative);
  // Cumulative groups share blocks: only a key of one group per block adds up.
  view.total = sum_of(view.options.cumulative ? snapshot.statistics(KeyType::domain) : view.rows, 0);
  return view;
}

}  // namespace

std::vector<OptionSpec> stats_option_table() {
  std::vector<OptionSpec> options = ViewOptions::option_table();
  options.push_back({"--born", "", "A..B", "only blocks born in these game frames"});
  return options;
}

ExitStatus print_stats(const Arguments& arguments) {
  arguments.require_operands(1);
  ViewOptions::from(arguments, KeyType::lineno);  // a bad option is said before a long look into the file
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  const Reel reel = open_reel(path, symbol_options(arguments));
  print(make_view(arguments, reel, path, game_frame_of(reel, spec), arguments.value("--born").value_or(""),
                  KeyType::lineno));
  report_symbols(reel);
  return completeness(reel.info());
}

std::vector<OptionSpec> leaks_option_table() {
  std::vector<OptionSpec> options = {
      {"--born", "", "A..B", "game frames, or marks, between which the blocks were born"},
      {"--at", "", "C", "game frame, or mark, at whose end they still live (default end)"},
  };
  for (OptionSpec& option : ViewOptions::option_table()) options.push_back(std::move(option));
  return options;
}

ExitStatus print_leaks(const Arguments& arguments) {
  arguments.require_operands(1);
  ViewOptions::from(arguments, KeyType::traceback);
  const std::string born = arguments.value("--born").value_or("");
  if (born.empty()) throw usage_error("leaks: --born A..B is needed: between which game frames the blocks were born");
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path, symbol_options(arguments));
  const uint32_t at = game_frame_of(reel, arguments.value("--at").value_or("end"));
  if (const auto range = game_frame_range(reel, born); range.second > at) {
    throw usage_error(format("leaks: --at {} comes before the end of --born {}", at, born));
  }
  print(make_view(arguments, reel, path, at, born, KeyType::traceback));
  report_symbols(reel);
  return completeness(reel.info());
}

}  // namespace heapreel::tools
