#include "tools/command/read/game_frame_table.h"

#include <algorithm>

#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/game_frame_totals.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/percentile.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

struct FigureColumn {
  const char* name;
  const char* json_name;
  uint64_t GameFrameRow::*of;
  uint64_t GameFrameTotals::*sum;  // null: the figure is a state, which has no sum
  bool is_size;
};

constexpr FigureColumn kFigureColumns[] = {
    {"allocs", "allocs", &GameFrameRow::allocs, &GameFrameTotals::allocs, false},
    {"frees", "frees", &GameFrameRow::frees, &GameFrameTotals::frees, false},
    {"allocated", "alloc_bytes", &GameFrameRow::alloc_bytes, &GameFrameTotals::alloc_bytes, true},
    {"freed", "freed_bytes", &GameFrameRow::freed_bytes, &GameFrameTotals::freed_bytes, true},
    {"live", "live_bytes", &GameFrameRow::live_bytes, nullptr, true},
};

constexpr std::pair<const char*, unsigned> kPercentiles[] = {{"p50", 50}, {"p95", 95}, {"p99", 99}, {"max", 100}};

std::string text_of(const FigureColumn& figure, uint64_t value) {
  return figure.is_size ? size_text(value) : grouped(value);
}

std::string remarks(const Reel& reel, const GameFrameRow& row) {
  std::string text;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.game_frame == row.number) text += format("{}mark {}", text.empty() ? "" : ", ", mark.name);
  }
  if (row.within) {
    text += format("{}peak {}", text.empty() ? "" : ", ", size_text(row.within->peak_bytes));
    if (row.within->peak_bound != row.within->peak_bytes) text += format(" to {}", size_text(row.within->peak_bound));
  }
  if (row.merged) text += text.empty() ? "sums only" : ", sums only";
  if (row.partial) text += text.empty() ? "up to the end" : ", up to the end";
  return text;
}

// A still has one state of a run, and does not say how high the heap stood before.
bool knows_peak(const GameFrameRow& row) {
  return row.peak_bytes >= row.live_bytes;
}

void write_peak(JsonWriter& json, const GameFrameRow& row) {
  json.key("peak_bytes");
  if (knows_peak(row)) {
    json.value(row.peak_bytes);
  } else {
    json.null();
  }
}

std::string remarks(const GameFrameTotals& totals) {
  std::string text = counted(totals.game_frames, "game frame");
  if (totals.merged != 0) text += format(", {} sums only", grouped(totals.merged));
  if (totals.partial != 0) text += format(", {} up to the end", grouped(totals.partial));
  text += format("; {} reallocs", grouped(totals.reallocs));
  if (!totals.first) return text;
  text += format("; live {} at the end of {}, most {} at the end of {}", size_text(totals.first->live_bytes),
                 totals.first->number, size_text(totals.most_live->live_bytes), totals.most_live->number);
  return knows_peak(*totals.last) ? text + format("; peak so far {}", size_text(totals.last->peak_bytes)) : text;
}

// Only whole game frames count: one that was cut off by the end of the process would distort the percentiles.
uint64_t percentile_of(const std::vector<GameFrameRow>& rows, const FigureColumn& figure, unsigned p) {
  std::vector<uint64_t> values;
  for (const GameFrameRow& row : rows) {
    if (!row.partial) values.push_back(row.*figure.of);
  }
  return percentile(std::move(values), p);
}

std::vector<std::string> sum_cells(std::string name, const GameFrameTotals& totals) {
  std::vector<std::string> cells = {std::move(name), ""};
  for (const FigureColumn& figure : kFigureColumns) {
    cells.push_back(figure.sum == nullptr ? "" : text_of(figure, totals.*figure.sum));
  }
  return cells;
}

void write_sums(JsonWriter& json, const GameFrameTotals& totals) {
  json.member("game_frames", totals.game_frames);
  json.member("merged_game_frames", totals.merged).member("partial_game_frames", totals.partial);
  json.member("allocs", totals.allocs).member("frees", totals.frees).member("reallocs", totals.reallocs);
  json.member("alloc_bytes", totals.alloc_bytes).member("freed_bytes", totals.freed_bytes);
}

void write_state(JsonWriter& json, const char* name, const GameFrameRow& row) {
  json.key(name).begin_object().member("game_frame", row.number);
  json.member("live_blocks", row.live_blocks).member("live_bytes", row.live_bytes).end_object();
}

void write_totals(JsonWriter& json, const GameFrameTotals& totals) {
  write_sums(json.key("totals").begin_object(), totals);
  if (totals.first) {
    write_state(json, "first", *totals.first);
    write_state(json, "last", *totals.last);
    write_state(json, "most_live", *totals.most_live);
    write_peak(json, *totals.last);
  }
  json.end_object();
}

}  // namespace

GameFrameView GameFrameView::of(std::vector<GameFrameRow> all, size_t most, uint64_t GameFrameRow::*figure) {
  GameFrameView view;
  view.shown = all;
  std::ranges::stable_sort(view.shown, std::ranges::greater(), figure);
  const auto end = view.shown.begin() + static_cast<ptrdiff_t>(std::min(most, all.size()));
  view.not_shown.assign(end, view.shown.end());
  view.shown.erase(end, view.shown.end());
  for (auto* rows : {&view.shown, &view.not_shown}) std::ranges::sort(*rows, {}, &GameFrameRow::number);
  view.all = std::move(all);
  return view;
}

std::string game_frame_table(const Reel& reel, const GameFrameView& view) {
  std::vector<TableText::Column> columns = {{"game frame"}, {"time"}};
  for (const FigureColumn& figure : kFigureColumns) columns.push_back({figure.name});
  columns.push_back({"", TableText::Align::kLeft});
  TableText table(std::move(columns));
  const bool any_whole = std::ranges::any_of(view.all, [](const GameFrameRow& row) { return !row.partial; });
  const uint64_t most_allocs = percentile_of(view.all, kFigureColumns[0], 100);
  for (const GameFrameRow& row : view.shown) {
    const uint64_t since_start = row.time_ns - std::min(row.time_ns, reel.info().header.started_monotonic_ns);
    std::vector<std::string> cells = {game_frame_name(reel, row.number),
                                      format("{:.3f} s", static_cast<double>(since_start) / 1e9)};
    for (const FigureColumn& figure : kFigureColumns) cells.push_back(text_of(figure, row.*figure.of));
    cells.push_back(remarks(reel, row));
    table.add(std::move(cells));
    if (any_whole && row.allocs == most_allocs && most_allocs != 0) table.colour(2, Colour::kRed);
    if (row.merged) table.colour(7, Colour::kYellow);
  }
  if (!view.not_shown.empty()) {
    const auto others = GameFrameTotals::of(view.not_shown);
    table.add(sum_cells(format("... and {} more", grouped(others.game_frames)), others));
  }
  for (const auto& [name, p] : kPercentiles) {
    std::vector<std::string> cells = {name, ""};
    for (const FigureColumn& figure : kFigureColumns)
      cells.push_back(text_of(figure, percentile_of(view.all, figure, p)));
    if (any_whole) table.add(std::move(cells));
  }
  const auto totals = GameFrameTotals::of(view.all);
  std::vector<std::string> cells = sum_cells("total", totals);
  if (totals.last) cells.back() = size_text(totals.last->live_bytes);
  cells.push_back(remarks(totals));
  table.add(std::move(cells));
  return table.text();
}

std::string game_frame_json(const std::string& path, const std::string& of, const Reel& reel,
                            const GameFrameView& view) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.frames/1").member("file", path).member("of", of);
  json.key("game_frames").begin_array();
  for (const GameFrameRow& row : view.shown) {
    json.begin_object().member("game_frame", row.number);
    if (reel.program_numbers().any()) json.member("number", reel.program_numbers().of(row.number));
    json.member("time_ns", row.time_ns);
    json.member("allocs", row.allocs).member("frees", row.frees).member("reallocs", row.reallocs);
    json.member("alloc_bytes", row.alloc_bytes).member("freed_bytes", row.freed_bytes);
    json.member("live_blocks", row.live_blocks).member("live_bytes", row.live_bytes);
    write_peak(json, row);
    if (row.within) {
      json.member("peak_within_bytes", row.within->peak_bytes).member("peak_within_bound", row.within->peak_bound);
    }
    json.member("merged", row.merged).member("partial", row.partial);
    json.key("marks").begin_array();
    for (const ReelMark& mark : reel.marks()) {
      if (mark.game_frame == row.number) json.value(mark.name);
    }
    json.end_array().end_object();
  }
  json.end_array();
  for (const auto& [name, p] : kPercentiles) {
    json.key(name).begin_object();
    for (const FigureColumn& figure : kFigureColumns) json.member(figure.json_name, percentile_of(view.all, figure, p));
    json.end_object();
  }
  write_sums(json.key("not_shown").begin_object(), GameFrameTotals::of(view.not_shown));
  json.end_object();
  write_totals(json, GameFrameTotals::of(view.all));
  return json.end_object().take();
}

}  // namespace heapreel::tools
