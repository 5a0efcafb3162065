// `heapreel frames`: what each game frame allocated and freed.
#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/read/game_frame_table.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> frames_option_table() {
  return {{"--rows", "-n", "N", "show so many game frames, those with the most allocs (default: all)"},
          {"--json", "", "", "print JSON, integers in bytes"}};
}

ExitStatus print_frames(const Arguments& arguments) {
  if (arguments.operands().size() != 2) arguments.require_operands(1);
  const uint64_t most = arguments.number("--rows", 0, UINT32_MAX, UINT32_MAX);
  const Reel reel = open_reel(arguments.operands()[0]);
  std::vector<GameFrameRow> rows = reel.game_frames();
  if (arguments.operands().size() == 2) {
    const auto [first, last] = game_frame_range(reel, arguments.operands()[1]);
    std::erase_if(rows, [&, first = first, last = last](const GameFrameRow& row) {
      return row.number < first || row.number > last;
    });
  }
  const auto view = GameFrameView::of(std::move(rows), most);
  const std::string text =
      arguments.has("--json") ? game_frame_json(arguments.operands()[0], reel, view) : game_frame_table(reel, view);
  std::fputs(text.c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec frames_command() {
  CommandSpec command{"frames", "FILE [A..B]", "what each game frame allocated and freed, and percentiles",
                      frames_option_table, print_frames};
  command.instead =
      "game frames are counted over all blocks; `heapreel diff FILE@A FILE@B --churn` groups what they allocated and "
      "freed";
  return command;
}

}  // namespace heapreel::tools
