#include "tools/help_command.h"

#include <cstdio>

#include "tools/format.h"
#include "tools/help_text.h"
#include "tools/nearest_name.h"

namespace heapreel::tools {

CommandError unknown_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandSpec& command : command_table()) names.emplace_back(command.name);
  return usage_error(format("unknown command '{}'{} (see `heapreel help`)", name, nearest_hint(name, names)));
}

ExitStatus print_help(const Arguments& arguments) {
  std::string text;
  if (arguments.operands().empty()) {
    text = help_text();
  } else {
    arguments.require_operands(1);
    const std::string& topic = arguments.operands()[0];
    const CommandSpec* command = find_command(topic);
    if (command == nullptr && topic != "options") throw unknown_command(topic);
    text = command != nullptr ? help_text(*command) : environment_help_text();
  }
  std::fputs(text.c_str(), stdout);
  return kOk;
}

}  // namespace heapreel::tools
