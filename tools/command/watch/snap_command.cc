// `heapreel snap`: the live blocks of a running program, as a still.
#include <cstdio>
#include <filesystem>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/text/size_text.h"
#include "tools/command/watch/still_file.h"
#include "tools/command/watch/written_reel.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> snap_option_table() {
  std::vector<OptionSpec> options = {
      {"--output", "-o", "STILL", "write the still to STILL, which `stats` and `diff` read"},
      {"--force", "-f", "", "overwrite STILL"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

ExitStatus snap(const Arguments& arguments) {
  arguments.require_operands(1);
  const auto output = arguments.value("--output");
  if (!output) throw usage_error("snap: name the still that is written with -o STILL");
  const std::string path = written_reel(arguments.operands()[0]);
  expect_another_file(*output, path);
  std::error_code error;
  if (!arguments.has("--force") && std::filesystem::exists(std::filesystem::symlink_status(*output, error))) {
    throw usage_error(format("{}: exists already: name another file, or overwrite it with -f", *output));
  }
  try {
    const StillFile still = write_still(path, symbol_options(arguments), *output, arguments.has("--force"));
    const std::string when =
        still.seconds_ago ? format(", which ended {:.1f} s ago", *still.seconds_ago) : std::string();
    std::fputs(format("{}  game frame {}{}: {} in {}\n", still.path, still.game_frame_name, when,
                      size_text(still.live_bytes), counted(still.live_blocks, "block"))
                   .c_str(),
               stdout);
    for (const std::string& gap : still.gaps) std::fputs(format("heapreel: {}: {}\n", path, gap).c_str(), stderr);
    // A program that still runs has a reel that is still written: that is nothing that is missing.
    if (!still.being_written && !still.gaps.empty()) return kIncomplete;
  } catch (const ReelError& damage) {
    throw unreadable(damage.what());
  }
  return kOk;
}

}  // namespace

CommandSpec snap_command() {
  static constexpr Example examples[] = {
      {"heapreel snap game.reel -o now.reel",
       "what lived at the end of the last game frame, for `heapreel stats now.reel`"},
  };
  return {.name = "snap",
          .operands = "PID|FILE",
          .help = "what lives in a running program, as of the end of its last game frame, as a still",
          .options = snap_option_table,
          .execute = snap,
          .examples = examples};
}

}  // namespace heapreel::tools
