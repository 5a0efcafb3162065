// `heapreel marks`: what the program marked, and what was allocated and freed from one mark to the next.
#include <algorithm>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/format.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

// A mark, and what happened since the one before, or since the start. When traces were cleared in between, the sums are
// those since then.
struct MarkRow {
  const ReelMark& mark;
  uint64_t allocs;
  uint64_t frees;

  static std::vector<MarkRow> all_of(const Reel& reel) {
    std::vector<MarkRow> rows;
    ReelSums before;
    for (const ReelMark& mark : reel.marks()) {
      const engine::Totals& now = mark.sums.totals;
      if (mark.sums.generation != before.generation) before.totals = {};
      rows.push_back({mark, now.allocs - before.totals.allocs, now.frees - before.totals.frees});
      before = mark.sums;
    }
    return rows;
  }
};

std::string marks_json(const std::string& path, const Reel& reel) {
  JsonWriter json;
  json.begin_object().member("schema", "heapreel.marks/1").member("file", path).key("marks").begin_array();
  for (const MarkRow& row : MarkRow::all_of(reel)) {
    const engine::Totals& totals = row.mark.sums.totals;
    json.begin_object().member("name", row.mark.name).member("game_frame", row.mark.game_frame);
    write_program_number(json, "number", reel, row.mark.game_frame);
    json.member("has_state", row.mark.has_state);
    json.member("live_bytes", totals.live_bytes).member("live_blocks", totals.live_blocks);
    json.member("allocs", row.allocs).member("frees", row.frees).end_object();
  }
  return json.end_array().end_object().take();
}

// Marks whose state cannot be shown.
std::string lacking_text(const Reel& reel) {
  const auto lacking = static_cast<uint64_t>(std::ranges::count(reel.marks(), false, &ReelMark::has_state));
  if (lacking == 0) return "";
  if (!reel.has_mark_states()) {
    return "\nthe reel was recorded by an older heapreel: for a mark the end of its game frame is shown\n";
  }
  return format(
      "\n{} {} no state of {} own, because the recording could not keep up or broke off: the end of its game frame "
      "is shown for it\n",
      counted(lacking, "mark"), lacking == 1 ? "has" : "have", lacking == 1 ? "its" : "their");
}

std::string marks_text(const Reel& reel) {
  TableText table({{"game frame"}, {"live"}, {"blocks"}, {"allocs"}, {"frees"}, {"mark", TableText::Align::kLeft}});
  for (const MarkRow& row : MarkRow::all_of(reel)) {
    const engine::Totals& totals = row.mark.sums.totals;
    table.add({game_frame_name(reel, row.mark.game_frame), size_text(totals.live_bytes), grouped(totals.live_blocks),
               grouped(row.allocs), grouped(row.frees), row.mark.name});
  }
  return table.empty() ? "the program made no mark\n" : table.text(terminal_columns()) + lacking_text(reel);
}

std::vector<OptionSpec> marks_option_table() {
  return {{"--json", "", "", "print JSON, integers in bytes"}};
}

ExitStatus print_marks(const Arguments& arguments) {
  arguments.require_operands(1);
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path);
  std::fputs((arguments.has("--json") ? marks_json(path, reel) : marks_text(reel)).c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec marks_command() {
  static constexpr Example examples[] = {
      {"heapreel marks game.reel", "the marks, and what was allocated between them"},
  };
  return {.name = "marks",
          .operands = "FILE",
          .help = "what the program marked, and what happened between two marks",
          .options = marks_option_table,
          .execute = print_marks,
          .examples = examples};
}

}  // namespace heapreel::tools
