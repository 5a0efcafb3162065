// `heapreel info`: what a reel holds, how complete it is, and how the program ended.
#include <algorithm>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/budget_text.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/cost_text.h"
#include "tools/command/text/ending.h"
#include "tools/command/text/ending_text.h"
#include "tools/command/text/record_gaps.h"
#include "tools/command/text/size_text.h"
#include "tools/command/text/stray_free_text.h"

namespace heapreel::tools {
namespace {

std::string ended_text(const ReelInfo& info) {
  if (!info.complete) return "unknown";
  return Ending::from(info.end).text();
}

double seconds(const ReelInfo& info) {
  if (info.end.time_ns < info.header.started_monotonic_ns) return 0;
  return static_cast<double>(info.end.time_ns - info.header.started_monotonic_ns) / 1e9;
}

// A still has one state of a run, and does not say how high the heap stood before.
bool knows_peak(const engine::Totals& totals) {
  return totals.peak_bytes >= totals.live_bytes;
}

std::string json_text(const std::string& path, const Reel& reel) {
  const ReelInfo& info = reel.info();
  const engine::Totals& totals = info.totals;
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.info/1").member("file", path);
  json.member("allocs", totals.allocs).member("frees", totals.frees).member("reallocs", totals.reallocs);
  json.member("alloc_bytes", totals.alloc_bytes);
  json.member("live_blocks", totals.live_blocks).member("live_bytes", totals.live_bytes);
  if (knows_peak(totals)) {
    json.member("peak_bytes", totals.peak_bytes).member("peak_bytes_at_most", totals.peak_ceiling);
    json.member("peak_game_frame", totals.peak_game_frame);
  } else {
    json.key("peak_bytes").null().key("peak_bytes_at_most").null().key("peak_game_frame").null();
  }
  json.member("game_frames", info.game_frames).member("merged_game_frames", info.merged_game_frames);
  json.member("generations", info.generations).member("threads", info.threads).member("tracebacks", info.tracebacks);
  json.member("sites", info.sites).member("traceback_limit", info.header.traceback_limit);
  json.member("issued", totals.issued).member("stored", totals.stored).member("degraded", totals.degraded);
  json.member("discarded", totals.discarded).member("unrecorded", info.end.unrecorded);
  json.member("untracked_frees", totals.untracked_frees).member("inferred_frees", totals.inferred_frees);
  json.member("mismatched_frees", totals.mismatched_frees);
  // Two of them also have older names (JSON.md).
  json.member("forgotten", totals.discarded).member("unseen_frees", totals.inferred_frees);
  json.member("checked", info.checked).member("sealed", info.sealed).key("damage").begin_array();
  for (const std::string& damage : info.damage) json.value(damage);
  json.end_array();
  json.member("complete", completeness(info) == kOk).member("ended", ended_text(info));
  json.member("tracing_ended", info.end.tracing_ended != 0 ? tracing_end_text(info.end.tracing_ended) : "");
  json.member("reel_ended", stop_text(info.end.stop));
  json.member("program", info.header.program).key("command_line").begin_array();
  for (const std::string& word : info.header.command_line) json.value(word);
  json.end_array().member("process_id", info.header.process_id).member("allocator", info.header.allocator);
  json.member("started_wall_ns", info.header.started_wall_ns);
  json.member("tracer_bytes", info.end.tracer_bytes).member("consolidator_ns", info.end.consolidator_ns);
  if (info.end.costs.known()) {
    json.key("own_memory").begin_object();
    for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
      json.member(part.key, info.end.costs.own_memory.*part.bytes);
    }
    json.end_object().member("late_game_frames", info.end.costs.late_game_frames);
    json.member("longest_late_game_frame_ns", info.end.costs.longest_game_frame_ns);
  }
  if (!info.end.costs.game_frames_by.empty()) json.member("game_frames_by", info.end.costs.game_frames_by);
  json.member("own_allocator", info.end.costs.own_allocator.functions);
  json.member("own_allocator_unseen", info.end.costs.own_allocator.is_unseen());
  json.member("file_bytes", info.file_bytes).member("unknown_sections", info.unknown_sections);
  json.member("writer", info.header.writer).key("marks").begin_array();
  for (const ReelMark& mark : reel.marks()) {
    json.begin_object().member("name", mark.name).member("game_frame", mark.game_frame).end_object();
  }
  json.end_array();
  write_stray_frees(json, reel);
  add_budgets(json, reel.budgets());
  return json.end_object().take();
}

std::string text(const std::string& path, const Reel& reel) {
  const ReelInfo& info = reel.info();
  const engine::Totals& totals = info.totals;
  std::string command;
  for (const std::string& word : info.header.command_line) command += format("{}{}", command.empty() ? "" : " ", word);
  std::string text = format("{}  {}  (pid {}, {}, {:.1f} s)\n", path, command, info.header.process_id, ended_text(info),
                            seconds(info));
  text += format("  game frames {}{}   marks {}   threads {}   tracebacks {}\n", grouped(info.game_frames),
                 game_frames_by_text(info.end.costs), grouped(reel.marks().size()), grouped(info.threads),
                 grouped(info.tracebacks));
  text += format("  traced      live {} in {}", size_text(totals.live_bytes), counted(totals.live_blocks, "block"));
  if (knows_peak(totals)) {
    text += format("   peak {} at game frame {}", size_text(totals.peak_bytes),
                   game_frame_name(reel, totals.peak_game_frame));
  }
  text += '\n';
  if (totals.peak_ceiling > totals.peak_bytes) {
    text.pop_back();
    text += format(" (at most {})\n", size_text(totals.peak_ceiling));
  }
  text += format("  events      {}   {}   {}   {} allocated\n", counted(totals.allocs, "alloc"),
                 counted(totals.frees, "free"), counted(totals.reallocs, "realloc"), size_text(totals.alloc_bytes));
  text += format("  accounts    {} issued = {} stored + {} degraded + {} discarded\n", grouped(totals.issued),
                 grouped(totals.stored), grouped(totals.degraded), grouped(totals.discarded));
  text += format("  frees       {} untracked   {} inferred   {} mismatched\n", grouped(totals.untracked_frees),
                 grouped(totals.inferred_frees), grouped(totals.mismatched_frees));
  text += stray_frees_text(reel);
  text += format("  cost        own memory {}   reel {}   {} merged\n", size_text(info.end.tracer_bytes),
                 size_text(info.file_bytes), counted(info.merged_game_frames, "game frame"));
  text += own_memory_line(info.end.costs.own_memory);
  text += late_game_frames_line(info.end.costs);
  text += own_allocator_line(info.end.costs.own_allocator);
  for (const ReelMark& mark : reel.marks())
    text += format("  mark        {} at game frame {}\n", mark.name, game_frame_name(reel, mark.game_frame));
  text += budgets_text(reel.budgets());
  if (totals.degraded != 0) {
    text += format(
        "  degraded    {} events were recorded without a stack, because the machine was too busy: their blocks and "
        "sizes are exact\n",
        grouped(totals.degraded));
  }
  text += replaced_text(Ending::from(info.end));
  if (info.unknown_sections != 0) {
    text += format("  not shown   {} of the file, which only a later version of heapreel can read\n",
                   counted(info.unknown_sections, "section"));
  }
  if (info.sealed) text += "  sealed      the reel contains the names of its functions and lines\n";
  const char* const looked_at = info.checked ? "" : " (not every byte was checked: `heapreel info --verify` does that)";
  text += format("  complete    {}{}\n", gaps(info).empty() ? "yes: every event is accounted for" : "no", looked_at);
  for (const std::string& gap : gaps(info)) text += format("              {}\n", gap);
  return text;
}

// Prints everything that is wrong, a line each.
ExitStatus print_verdict(const std::string& path, const Reel& reel, bool as_json) {
  std::vector<std::string> problems = gaps(reel.info());
  for (const std::string& damage : reel.verify()) {
    if (std::ranges::find(problems, damage) == problems.end()) problems.push_back(damage);
  }
  if (as_json) {
    JsonWriter json;
    json.begin_object().member("schema", "heapreel.verify/1").member("file", path);
    json.member("sound", problems.empty()).key("problems").begin_array();
    for (const std::string& problem : problems) json.value(problem);
    std::fputs(json.end_array().end_object().take().c_str(), stdout);
  } else {
    std::string text =
        format("{}  {}\n", path,
               problems.empty() ? "sound: every game frame can be read and adds up to its sums" : "not sound");
    for (const std::string& problem : problems) text += format("  {}\n", problem);
    std::fputs(text.c_str(), stdout);
  }
  return problems.empty() ? kOk : kIncomplete;
}

std::vector<OptionSpec> info_option_table() {
  return {{"--json", "", "", "print JSON, integers in bytes"},
          {"--verify", "", "", "read the whole reel, game frame by game frame, and report what is damaged"}};
}

ExitStatus print_info(const Arguments& arguments) {
  arguments.require_operands(1);
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path);
  if (arguments.has("--verify")) return print_verdict(path, reel, arguments.has("--json"));
  std::fputs(arguments.has("--json") ? json_text(path, reel).c_str() : text(path, reel).c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec info_command() {
  static constexpr Example examples[] = {
      {"heapreel info game.reel", "what was recorded, and whether it is complete"},
      {"heapreel info --verify game.reel", "whether every byte of the file is sound"},
  };
  return {.name = "info",
          .operands = "FILE",
          .help = "totals, completeness, and how the program ended",
          .options = info_option_table,
          .execute = print_info,
          .examples = examples};
}

}  // namespace heapreel::tools
