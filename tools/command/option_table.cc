#include "tools/command/option_table.h"

#include <command_list.h>  // made of the list in tools/meson.build

namespace heapreel::tools {

#define COMMAND(name) CommandSpec name##_command();
HEAPREEL_COMMANDS
#undef COMMAND

std::span<const CommandSpec> command_table() {
#define COMMAND(name) name##_command(),
  static const CommandSpec commands[] = {HEAPREEL_COMMANDS};
#undef COMMAND
  return commands;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : command_table()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace heapreel::tools
