#include "tools/command/read/statistics_view.h"

#include <heapreel/size_text.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/text/site_text.h"

namespace heapreel::tools {
namespace {

std::string count_text(int64_t count) {
  return count < 0 ? format("-{}", grouped(0 - static_cast<uint64_t>(count))) : grouped(static_cast<uint64_t>(count));
}

// The sum of the groups from position `shown` on.
ShownGroup sum_from(const std::vector<ShownGroup>& groups, size_t shown) {
  ShownGroup sum;
  for (size_t i = shown; i < groups.size(); ++i) {
    sum.size += groups[i].size;
    sum.count += groups[i].count;
  }
  return sum;
}

// What to look at first: red from half of all on, yellow from a tenth.
std::optional<Colour> colour_of_share(int64_t part, int64_t whole) {
  if (whole <= 0 || part < whole / 10) return std::nullopt;
  return part >= whole / 2 ? Colour::kRed : Colour::kYellow;
}

std::string average_text(const ShownGroup& group) {
  if (group.count <= 0 || group.size < 0) return "";
  return format_size(average_size(static_cast<uint64_t>(group.size), static_cast<uint64_t>(group.count)));
}

}  // namespace

std::vector<ShownGroup> StatisticsView::groups_of(const std::vector<Statistic>& statistics) {
  std::vector<ShownGroup> groups;
  groups.reserve(statistics.size());
  for (const Statistic& row : statistics) {
    groups.push_back({row.traceback, static_cast<int64_t>(row.size), static_cast<int64_t>(row.count), row.to_string()});
  }
  return groups;
}

void StatisticsView::sum_up() {
  size = count = 0;
  for (const ShownGroup& group : groups) {
    size += group.size;
    count += group.count;
  }
}

std::string StatisticsView::text(const ViewOptions& options) const {
  if (options.json) return json_text(options);
  if (!options.python_text) return table_text(options);
  std::string text;
  for (size_t i = 0; i < std::min(options.rows, groups.size()); ++i) text += printable(groups[i].python_text) + "\n";
  return text;
}

std::string StatisticsView::table_text(const ViewOptions& options) const {
  std::string text = format("{}  {} {} in {} {}\n\n", path, headline, format_size(static_cast<double>(size)),
                            count_text(count), count == 1 ? "block" : "blocks");
  TableText table(
      {{"size"}, {"share"}, {"count"}, {"average"}, {std::string(to_string(options.key)), TableText::Align::kLeft}});
  const size_t shown = std::min(options.rows, groups.size());
  for (size_t i = 0; i < shown; ++i) {
    const ShownGroup& group = groups[i];
    std::vector<std::string> cells = {format_size(static_cast<double>(group.size)), share_text(group.size, size),
                                      count_text(group.count), average_text(group)};
    const std::optional<Colour> colour = colour_of_share(group.size, size);
    bool first = true;
    for (std::string& line : site_lines(group.traceback, options.depth)) {
      cells.push_back(std::move(line));
      table.add(std::move(cells));
      if (std::exchange(first, false) && colour) table.colour(1, *colour);
      cells = {"", "", "", ""};
    }
  }
  if (shown < groups.size()) {
    std::vector<std::string> cells = {"", "", "", "", format("... and {} more", grouped(groups.size() - shown))};
    if (!options.cumulative) {
      const ShownGroup others = sum_from(groups, shown);
      cells[0] = format_size(static_cast<double>(others.size));
      cells[1] = share_text(others.size, size);
      cells[2] = count_text(others.count);
    } else {
      cells.back() += ", which share blocks";
    }
    table.add(std::move(cells));
  }
  if (!table.empty()) return text + table.text(options.columns) + after;
  return text + "no block matches\n" + (hint.empty() ? std::string() : printable(hint) + "\n");
}

std::string StatisticsView::json_text(const ViewOptions& options) const {
  const size_t shown = std::min(options.rows, groups.size());
  JsonWriter json;
  json.begin_object().member("schema", schema).member("file", path);
  for (const auto& [name, value] : numbers) json.member(name, value);
  for (const auto& [name, value] : texts) json.member(name, value);
  json.member("by", to_string(options.key)).member("cumulative", options.cumulative);
  json.member(are_live ? "live_bytes" : "bytes", size).member(are_live ? "live_blocks" : "blocks", count);
  json.member("groups", uint64_t{groups.size()}).member("groups_shown", uint64_t{shown});
  json.key("not_shown").begin_object().member("groups", uint64_t{groups.size() - shown});
  if (!options.cumulative) {
    const ShownGroup others = sum_from(groups, shown);
    json.member("size", others.size).member("count", others.count);
  }
  json.end_object().key("statistics").begin_array();
  for (size_t i = 0; i < shown; ++i) {
    json.begin_object().member("size", groups[i].size).member("count", groups[i].count).key("traceback");
    write_frames(json, groups[i].traceback);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace heapreel::tools
