// `heapreel frames`: what each game frame allocated and freed.
#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/game_frame_table.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {
namespace {

// A screenful: a minute of a game has thousands.
constexpr uint64_t kDefaultRows = 40;

std::vector<OptionSpec> frames_option_table() {
  return {{"--rows", "-n", "N",
           format("show the N game frames with the most allocations (default {} of a whole reel, all of a range)",
                  kDefaultRows)},
          {"--all", "-a", "", "show all game frames"},
          {"--json", "", "", "print JSON, integers in bytes"}};
}

ExitStatus print_frames(const Arguments& arguments) {
  if (arguments.operands().size() != 2) arguments.require_operands(1);
  if (arguments.has("--all") && arguments.has("--rows"))
    throw usage_error("frames: --all and --rows exclude each other");
  // FILE@10 is the range of one game frame.
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  const bool names_one = path != arguments.operands()[0];
  if (names_one && arguments.operands().size() == 2) {
    throw usage_error(format("frames: {} names a game frame, and {} a range: give one of them", arguments.operands()[0],
                             arguments.operands()[1]));
  }
  const bool names_some = names_one || arguments.operands().size() == 2;
  const bool shows_all = names_some || arguments.has("--all") || arguments.has("--json");
  const uint64_t most = arguments.number("--rows", 0, UINT32_MAX, shows_all ? UINT32_MAX : kDefaultRows);
  const Reel reel = open_reel(path);
  std::vector<GameFrameRow> rows = reel.game_frames();
  if (names_some) {
    const std::pair<uint32_t, uint32_t> one = names_one
                                                  ? std::pair(game_frame_of(reel, spec), game_frame_of(reel, spec))
                                                  : game_frame_range(reel, arguments.operands()[1]);
    const auto [first, last] = one;
    std::erase_if(rows, [&, first = first, last = last](const GameFrameRow& row) {
      return row.number < first || row.number > last;
    });
  }
  const auto view = GameFrameView::of(std::move(rows), most);
  const std::string text = arguments.has("--json") ? game_frame_json(path, reel, view) : game_frame_table(reel, view);
  std::fputs(text.c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec frames_command() {
  CommandSpec command{"frames", "FILE[@SPEC] [A..B]", "what each game frame allocated and freed, and percentiles",
                      frames_option_table, print_frames};
  command.instead =
      "game frames are counted over all blocks; `heapreel diff FILE@A FILE@B --churn` groups what they allocated and "
      "freed";
  return command;
}

}  // namespace heapreel::tools
