#include "tools/command/watch/top_json.h"

#include <algorithm>

#include "tools/command/console/json_writer.h"
#include "tools/command/text/record_gaps.h"
#include "tools/command/text/site_text.h"

namespace heapreel::tools {

std::string top_json(const std::string& path, const Reel& reel, const TopFigures& figures) {
  const ReelInfo& info = reel.info();
  const std::vector<GameFrameRow>& rows = reel.game_frames();
  const GameFrameRow& last = rows[figures.to];
  uint64_t allocs = 0, alloc_bytes = 0;
  for (size_t row = figures.from + 1; row <= figures.to; ++row) {
    allocs += rows[row].allocs;
    alloc_bytes += rows[row].alloc_bytes;
  }
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.top/1").member("file", path);
  json.member("game_frame", last.number);
  if (reel.program_numbers().any()) json.member("number", reel.program_numbers().of(last.number));
  json.member("game_frames", figures.game_frames());
  json.member("running", info.being_written).member("process_id", info.header.process_id);
  json.member("live_bytes", last.live_bytes).member("live_blocks", last.live_blocks).key("peak_bytes");
  if (last.peak_bytes >= last.live_bytes) {
    json.value(last.peak_bytes);
  } else {
    json.null();  // a reel of one still does not say how high the heap stood before
  }
  json.member("allocs", allocs).member("alloc_bytes", alloc_bytes);
  json.member("merged_game_frames", info.merged_game_frames).key("over_budget").begin_array();
  for (const std::string& budget : figures.budgets) json.value(budget);
  json.end_array().key("incomplete").begin_array();
  if (!info.being_written) {
    for (const std::string& gap : gaps(info)) json.value(gap);
  }
  json.end_array().key("lines").begin_array();
  std::vector<TopLine> lines = figures.lines;
  std::ranges::stable_sort(lines, std::ranges::greater(), &TopLine::growth);
  for (const TopLine& line : lines) {
    json.begin_object().member("live_bytes", line.live_bytes).member("growth", line.growth);
    json.member("allocs", line.allocs).member("short_lived", line.short_lived).key("traceback");
    write_frames(json, Traceback({line.frame}));
    json.end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace heapreel::tools
