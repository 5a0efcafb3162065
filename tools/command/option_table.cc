#include "tools/command/option_table.h"

#include "tools/command/completions_command.h"
#include "tools/command/help_command.h"
#include "tools/command/read/diff_command.h"
#include "tools/command/read/frames_command.h"
#include "tools/command/read/info_command.h"
#include "tools/command/read/leaks_command.h"
#include "tools/command/read/pattern_hint.h"
#include "tools/command/read/seal_command.h"
#include "tools/command/run/run_command.h"
#include "tools/command/run/run_options.h"

#include "tools/command/read/stats_command.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> no_options() {
  return {};
}

const CommandSpec kCommands[] = {
    {"run", "[options] -- PROGRAM [ARGUMENT]...", "trace a dynamically linked program, unmodified", run_option_table,
     run_program, true},
    {"info", "FILE", "totals, completeness, and how the program ended", info_option_table, print_info},
    {"stats", "FILE[@SPEC]", "the live heap at a game frame, largest groups first", stats_option_table, print_stats,
     false, pattern_notes},
    {"frames", "FILE[@SPEC] [A..B]", "what each game frame allocated and freed, and percentiles", frames_option_table,
     print_frames, false, nullptr,
     "game frames are counted over all blocks; `heapreel diff FILE@A FILE@B --churn` groups what they allocated and "
     "freed"},
    {"diff", "FILE[@A] FILE[@B]", "what changed between two game frames", diff_option_table, print_diff, false,
     pattern_notes},
    {"leaks", "FILE --born A..B [--at C] | FILE --rule NAME A [B [C [D]]]",
     "what was born in some game frames and still lives at another", leaks_option_table, print_leaks, false,
     leaks_notes},
    {"seal", "FILE", "put functions and lines into a reel, so that it shows them on any machine and for ever",
     seal_option_table, seal},
    {"help", "[COMMAND | options]", "tell what a command does, or what the environment's options are",
     help_option_table, print_help},
    {"completions", "bash | zsh | fish", "print a shell's completion script", no_options, print_completions},
};

}  // namespace

std::span<const CommandSpec> command_table() {
  return kCommands;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace heapreel::tools
