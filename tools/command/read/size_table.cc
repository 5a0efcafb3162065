#include "tools/command/read/size_table.h"

#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::string range_text(const SizeBin& bin) {
  return bin.least == bin.most ? size_text(bin.most) : "up to " + size_text(bin.most);
}

std::string sizes_json(const StatisticsView& view, const std::vector<SizeBin>& histogram, const std::string& bins,
                       bool knows_slack) {
  JsonWriter json;
  json.begin_object().member("schema", view.schema).member("file", view.path);
  for (const auto& [name, value] : view.numbers) json.member(name, value);
  for (const auto& [name, value] : view.texts) json.member(name, value);
  json.member("bins", bins).member("live_bytes", view.size).member("live_blocks", view.count);
  json.key("sizes").begin_array();
  for (const SizeBin& bin : histogram) {
    json.begin_object().member("least", bin.least).member("most", bin.most);
    json.member("count", bin.blocks).member("size", bin.bytes);
    if (knows_slack) json.member("slack", bin.slack_bytes);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

std::string size_table_text(const StatisticsView& view, const std::vector<SizeBin>& histogram, const std::string& bins,
                            bool knows_slack, const ViewOptions& options) {
  if (options.json) return sizes_json(view, histogram, bins, knows_slack);
  std::vector<TableText::Column> columns = {{"block size"}, {"count"}, {"share"}, {"size"}, {"share"}};
  if (knows_slack) columns.push_back({"slack"});
  TableText table(std::move(columns));
  SizeBin sum;
  const auto add = [&](std::string name, const SizeBin& bin) {
    std::vector<std::string> cells = {std::move(name), grouped(bin.blocks),
                                      share_text(static_cast<int64_t>(bin.blocks), view.count), size_text(bin.bytes),
                                      share_text(static_cast<int64_t>(bin.bytes), view.size)};
    if (knows_slack) cells.push_back(size_text(bin.slack_bytes));
    table.add(std::move(cells));
  };
  for (const SizeBin& bin : histogram) {
    add(range_text(bin), bin);
    sum.blocks += bin.blocks;
    sum.bytes += bin.bytes;
    sum.slack_bytes += bin.slack_bytes;
  }
  add("all", sum);
  return format("{}  {} {} in {}\n\n", view.path, view.headline, size_text(static_cast<uint64_t>(view.size)),
                counted(static_cast<uint64_t>(view.count), "block")) +
         table.text(options.columns);
}

}  // namespace heapreel::tools
