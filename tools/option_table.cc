#include "tools/option_table.h"

#include "tools/help_command.h"
#include "tools/run_command.h"
#include "tools/run_options.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> no_options() {
  return {};
}

const CommandSpec kCommands[] = {
    {"run", "[options] -- PROGRAM [ARGUMENT]...", "trace a dynamically linked program, unmodified", run_option_table,
     run_program, true},
    {"help", "[COMMAND | options]", "tell what a command does, or what the environment's options are", no_options,
     print_help},
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
