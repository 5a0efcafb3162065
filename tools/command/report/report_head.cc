#include "tools/command/report/report_head.h"

#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/read/budget_text.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/text/cost_text.h"
#include "tools/command/text/ending.h"
#include "tools/command/text/ending_text.h"
#include "tools/command/text/record_gaps.h"

namespace heapreel::tools {
namespace {

// In JSON '<' can only be in texts. Without it no name can end the HTML element in which the object stands.
std::string without_tags(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

void add_totals(JsonWriter& json, const ReelInfo& info) {
  const engine::Totals& totals = info.totals;
  json.key("totals").begin_object();
  json.member("allocs", totals.allocs).member("frees", totals.frees).member("reallocs", totals.reallocs);
  json.member("alloc_bytes", totals.alloc_bytes).member("live_blocks", totals.live_blocks);
  json.member("live_bytes", totals.live_bytes).member("peak_bytes", totals.peak_bytes);
  json.member("peak_game_frame", totals.peak_game_frame).member("issued", totals.issued);
  json.member("stored", totals.stored).member("degraded", totals.degraded).member("discarded", totals.discarded);
  json.member("untracked_frees", totals.untracked_frees).member("inferred_frees", totals.inferred_frees);
  json.member("mismatched_frees", totals.mismatched_frees).end_object();
}

void add_costs(JsonWriter& json, const ReelInfo& info) {
  json.key("cost").begin_object();
  json.member("own_memory", info.end.tracer_bytes).member("consolidator_ns", info.end.consolidator_ns);
  json.member("file_bytes", info.file_bytes).member("merged", info.merged_game_frames);
  json.member("late_game_frames", info.end.costs.late_game_frames).key("parts").begin_array();
  if (info.end.costs.known()) {
    for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
      json.begin_object().member("name", part.key).member("bytes", info.end.costs.own_memory.*part.bytes).end_object();
    }
  }
  json.end_array().end_object();
}

// What the program calls its game frames, where it has numbers of its own. For each run of numbers: how many game frames
// after the run before it begins, and by how much its first number is not the one that would have come next.
void add_numbers(JsonWriter& json, const Reel& reel) {
  const ProgramNumbers& numbers = reel.program_numbers();
  if (!numbers.any() || reel.game_frames().empty()) return;
  const uint32_t last = reel.game_frames().back().number;
  json.key("numbers").begin_object().member("last", last).key("runs").begin_array();
  int64_t offset = 0;
  uint32_t begin = 0;
  for (const auto& [from, number] : numbers.pieces()) {
    if (from > last) break;
    const int64_t here = int64_t{number} - from;
    if (here == offset) continue;
    json.value(from - begin).value(here - offset);
    offset = here;
    begin = from;
  }
  json.end_array().end_object();
}

void add_texts(JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

std::string report_head(const Reel& reel, const std::string& path, const std::vector<std::string>& options,
                        const std::vector<ReportRow>& rows, const ReportMoments& moments,
                        const std::vector<ReportSentence>& sentences) {
  const ReelInfo& info = reel.info();
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.report/1").member("file", path);
  add_texts(json, "options", options);
  json.member("program", info.header.program);
  add_texts(json, "command_line", info.header.command_line);
  json.member("process_id", info.header.process_id).member("allocator", info.header.allocator);
  json.member("traceback_limit", info.header.traceback_limit).member("writer", info.header.writer);
  json.member("version", HEAPREEL_VERSION).member("started_wall_ns", info.header.started_wall_ns);
  json.member("started_ns", info.header.started_monotonic_ns)
      .member("ended_ns", info.complete ? info.end.time_ns : rows.back().time_ns);
  json.member("being_written", info.being_written);
  json.member("ended", info.complete ? Ending::from(info.end).text() : "unknown");
  json.member("game_frames", info.game_frames).member("game_frames_by", info.end.costs.game_frames_by);
  json.member("game_frames_text", game_frames_by_text(info.end.costs));
  json.member("threads", info.threads).member("tracebacks", info.tracebacks).member("sites", info.sites);
  add_texts(json, "gaps", gaps(info));
  json.member("checked", info.checked);
  add_totals(json, info);
  add_costs(json, info);
  json.member("coverage", coverage_text(reel.source()->coverage()));
  add_texts(json, "warnings", reel.source()->warnings());
  json.key("moments").begin_object().member("peak", rows[moments.peak].number);
  json.member("from", rows[moments.from].number).member("to", rows[moments.to].number).key("worst");
  if (moments.worst) {
    json.value(rows[*moments.worst].number);
  } else {
    json.null();
  }
  json.end_object().key("sentences").begin_array();
  for (const ReportSentence& sentence : sentences) {
    json.begin_object().member("about", sentence.about).member("text", sentence.text).member("a", sentence.a);
    json.member("b", sentence.b).member("view", sentence.view).member("function", sentence.function).end_object();
  }
  json.end_array().key("marks").begin_array();
  for (const ReelMark& mark : reel.marks()) {
    json.begin_object().member("name", mark.name).member("game_frame", mark.game_frame).end_object();
  }
  json.end_array();
  add_budgets(json, reel.budgets());
  add_numbers(json, reel);
  return without_tags(json.end_object().take());
}

}  // namespace heapreel::tools
