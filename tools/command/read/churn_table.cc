#include "tools/command/read/churn_table.h"

#include <algorithm>
#include <stdexcept>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::vector<ChurnStatistic> churn_between(const Snapshot& old_snapshot, const Snapshot& new_snapshot, KeyType key,
                                          bool cumulative) {
  try {
    return new_snapshot.churn_since(old_snapshot, key, cumulative);
  } catch (const std::invalid_argument& error) {
    throw usage_error(format("diff: --churn: {}", error.what()));
  }
}

void add(ChurnStatistic& sum, const ChurnStatistic& row) {
  sum.allocs += row.allocs;
  sum.alloc_bytes += row.alloc_bytes;
  sum.frees += row.frees;
  sum.freed_bytes += row.freed_bytes;
  sum.reallocs += row.reallocs;
}

ChurnStatistic sum_from(const std::vector<ChurnStatistic>& rows, size_t shown) {
  ChurnStatistic sum;
  for (size_t i = shown; i < rows.size(); ++i) add(sum, rows[i]);
  return sum;
}

void write_figures(JsonWriter& json, const ChurnStatistic& row) {
  json.member("allocs", row.allocs).member("alloc_bytes", row.alloc_bytes);
  json.member("frees", row.frees).member("freed_bytes", row.freed_bytes).member("reallocs", row.reallocs);
}

std::vector<std::string> cells_of(const ChurnStatistic& row) {
  return {size_text(row.alloc_bytes), grouped(row.allocs), size_text(row.freed_bytes), grouped(row.frees)};
}

}  // namespace

std::string churn_text(const std::string& sides, const std::string& file, const Reel& reel, const Moment& before,
                       const Moment& after, const Snapshot& old_snapshot, const Snapshot& new_snapshot,
                       const ViewOptions& options) {
  const auto rows = churn_between(old_snapshot, new_snapshot, options.key, options.cumulative);
  // Cumulative groups share blocks, so that only a key with one group for each block adds up.
  const ChurnStatistic total =
      sum_from(options.cumulative ? churn_between(old_snapshot, new_snapshot, KeyType::domain, false) : rows, 0);
  const size_t shown = std::min(options.rows, rows.size());
  if (options.python_text) {
    std::string text;
    for (size_t i = 0; i < shown; ++i) text += printable(rows[i].to_string()) + "\n";
    return text;
  }
  if (options.json) {
    JsonWriter json;
    json.begin_object().member("schema", "heapreel.churn/1").member("file", file);
    json.member("before", before.game_frame).member("after", after.game_frame);
    if (before.mark) json.member("before_mark", mark_name(reel, *before.mark));
    if (after.mark) json.member("after_mark", mark_name(reel, *after.mark));
    json.member("by", to_string(options.key)).member("cumulative", options.cumulative);
    write_figures(json, total);
    json.member("groups", uint64_t{rows.size()}).member("groups_shown", uint64_t{shown});
    json.key("not_shown").begin_object().member("groups", uint64_t{rows.size() - shown});
    if (!options.cumulative) write_figures(json, sum_from(rows, shown));
    json.end_object().key("churn").begin_array();
    for (size_t i = 0; i < shown; ++i) {
      write_figures(json.begin_object(), rows[i]);
      write_frames(json.key("traceback"), rows[i].traceback);
      json.end_object();
    }
    return json.end_array().end_object().take();
  }
  std::string text =
      format("{}   allocated {} in {}, freed {} in {}\n\n", sides, size_text(total.alloc_bytes),
             counted(total.allocs, "block"), size_text(total.freed_bytes), counted(total.frees, "block"));
  if (rows.empty()) return text + "nothing was allocated or freed\n";
  TableText table({{"allocated"},
                   {"allocs"},
                   {"freed"},
                   {"frees"},
                   {std::string(to_string(options.key)), TableText::Align::kLeft}});
  for (size_t i = 0; i < shown; ++i) {
    std::vector<std::string> cells = cells_of(rows[i]);
    for (std::string& line : site_lines(rows[i].traceback, options.depth)) {
      cells.push_back(std::move(line));
      table.add(std::move(cells));
      cells = {"", "", "", ""};
    }
  }
  if (shown < rows.size()) {
    std::vector<std::string> cells = {"", "", "", ""};
    if (!options.cumulative) cells = cells_of(sum_from(rows, shown));
    cells.push_back(
        format("... and {} more{}", grouped(rows.size() - shown), options.cumulative ? ", which share blocks" : ""));
    table.add(std::move(cells));
  }
  return text + table.text(options.columns);
}

}  // namespace heapreel::tools
