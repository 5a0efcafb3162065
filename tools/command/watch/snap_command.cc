// `heapreel snap`: what lives in a running program now, as a still.
#include <cstdio>
#include <filesystem>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/text/size_text.h"
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
  std::error_code error;
  if (!arguments.has("--force") && std::filesystem::exists(*output, error)) {
    throw usage_error(format("{}: exists already: name another file, or overwrite it with -f", *output));
  }
  const Reel reel = open_reel(written_reel(arguments.operands()[0]), symbol_options(arguments));
  game_frame_of(reel, "end");  // says so when there is none
  try {
    const auto last = reel.at_end();
    const Snapshot snapshot = reel.snapshot_at(static_cast<uint32_t>(last->game_frame()));
    snapshot.dump(*output);
    std::fputs(format("{}  game frame {}: {} in {}\n", *output, grouped(last->game_frame()),
                      size_text(last->sums().totals.live_bytes), counted(last->sums().totals.live_blocks, "block"))
                   .c_str(),
               stdout);
  } catch (const ReelError& damage) {
    throw unreadable(damage.what());
  }
  return kOk;
}

constexpr Example kExamples[] = {
    {"heapreel snap game.reel -o now.reel", "what lives now, for `heapreel stats now.reel`"},
};

}  // namespace

CommandSpec snap_command() {
  return {.name = "snap",
          .operands = "PID|FILE",
          .help = "what lives in a running program at its last game frame, as a still",
          .options = snap_option_table,
          .execute = snap,
          .examples = kExamples};
}

}  // namespace heapreel::tools
