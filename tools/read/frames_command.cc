#include "tools/read/frames_command.h"

#include <heapreel/size_text.h>

#include <algorithm>
#include <cstdio>

#include "tools/console/errors.h"
#include "tools/console/format.h"
#include "tools/console/json_writer.h"
#include "tools/console/table_text.h"
#include "tools/read/opened_reel.h"
#include "tools/run/run_figures.h"

namespace heapreel::tools {
namespace {

struct Figure {
  const char* name;
  const char* json_name;
  uint64_t GameFrameRow::*of;
  bool is_size;
};

constexpr Figure kFigures[] = {
    {"allocs", "allocs", &GameFrameRow::allocs, false},
    {"frees", "frees", &GameFrameRow::frees, false},
    {"allocated", "alloc_bytes", &GameFrameRow::alloc_bytes, true},
    {"freed", "freed_bytes", &GameFrameRow::freed_bytes, true},
    {"live", "live_bytes", &GameFrameRow::live_bytes, true},
};

std::string text_of(const Figure& figure, uint64_t value) {
  return figure.is_size ? format_size(static_cast<double>(value)) : grouped(value);
}

std::string remarks(const Reel& reel, const GameFrameRow& row) {
  std::string text;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.game_frame == row.number) text += format("{}mark {}", text.empty() ? "" : ", ", mark.name);
  }
  if (row.merged) text += text.empty() ? "sums only" : ", sums only";
  if (row.partial) text += text.empty() ? "up to the end" : ", up to the end";
  return text;
}

// Of a list of rows: the p-th percentile of one figure.
uint64_t percentile_of(const std::vector<GameFrameRow>& rows, const Figure& figure, unsigned p) {
  std::vector<uint64_t> values;
  for (const GameFrameRow& row : rows) values.push_back(row.*figure.of);
  return percentile(std::move(values), p);
}

constexpr std::pair<const char*, unsigned> kPercentiles[] = {{"p50", 50}, {"p95", 95}, {"p99", 99}, {"max", 100}};

std::string table_text(const Reel& reel, const std::vector<GameFrameRow>& rows,
                       const std::vector<GameFrameRow>& whole) {
  std::vector<TableText::Column> columns = {{"game frame"}, {"time"}};
  for (const Figure& figure : kFigures) columns.push_back({figure.name});
  columns.push_back({"", TableText::Align::kLeft});
  TableText table(std::move(columns));
  for (const GameFrameRow& row : rows) {
    const uint64_t since_start = row.time_ns - std::min(row.time_ns, reel.info().header.started_monotonic_ns);
    std::vector<std::string> cells = {std::to_string(row.number),
                                      format("{:.3f} s", static_cast<double>(since_start) / 1e9)};
    for (const Figure& figure : kFigures) cells.push_back(text_of(figure, row.*figure.of));
    cells.push_back(remarks(reel, row));
    table.add(std::move(cells));
  }
  for (const auto& [name, p] : kPercentiles) {
    std::vector<std::string> cells = {name, ""};
    for (const Figure& figure : kFigures) cells.push_back(text_of(figure, percentile_of(whole, figure, p)));
    if (!whole.empty()) table.add(std::move(cells));
  }
  return table.text();
}

std::string json_text(const std::string& path, const Reel& reel, const std::vector<GameFrameRow>& rows,
                      const std::vector<GameFrameRow>& whole) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.frames/1").member("file", path).key("game_frames").begin_array();
  for (const GameFrameRow& row : rows) {
    json.begin_object().member("game_frame", row.number).member("time_ns", row.time_ns);
    json.member("allocs", row.allocs).member("frees", row.frees).member("reallocs", row.reallocs);
    json.member("alloc_bytes", row.alloc_bytes).member("freed_bytes", row.freed_bytes);
    json.member("live_blocks", row.live_blocks).member("live_bytes", row.live_bytes);
    json.member("peak_bytes", row.peak_bytes).member("merged", row.merged).member("partial", row.partial);
    json.key("marks").begin_array();
    for (const ReelMark& mark : reel.marks()) {
      if (mark.game_frame == row.number) json.value(mark.name);
    }
    json.end_array().end_object();
  }
  json.end_array();
  for (const auto& [name, p] : kPercentiles) {
    json.key(name).begin_object();
    for (const Figure& figure : kFigures) json.member(figure.json_name, percentile_of(whole, figure, p));
    json.end_object();
  }
  return json.end_object().take();
}

}  // namespace

std::vector<OptionSpec> frames_option_table() {
  return {{"--json", "", "", "print JSON, integers in bytes"}};
}

ExitStatus print_frames(const Arguments& arguments) {
  if (arguments.operands().size() != 2) arguments.require_operands(1);
  const Reel reel = open_reel(arguments.operands()[0]);
  std::vector<GameFrameRow> rows = reel.game_frames();
  if (arguments.operands().size() == 2) {
    const auto [first, last] = game_frame_range(reel, arguments.operands()[1]);
    std::erase_if(rows, [&, first = first, last = last](const GameFrameRow& row) {
      return row.number < first || row.number > last;
    });
  }
  // A game frame that was cut off by the end is shown, but would bend the percentiles.
  std::vector<GameFrameRow> whole = rows;
  std::erase_if(whole, [](const GameFrameRow& row) { return row.partial; });
  const std::string text =
      arguments.has("--json") ? json_text(arguments.operands()[0], reel, rows, whole) : table_text(reel, rows, whole);
  std::fputs(text.c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace heapreel::tools
