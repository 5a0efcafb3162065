#include "tools/command/help_command.h"

#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/help_text.h"
#include "tools/command/man_page.h"
#include "tools/command/option_table.h"

namespace heapreel::tools {

CommandError unknown_command(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandSpec& command : command_table()) names.emplace_back(command.name);
  return usage_error(format("unknown command '{}'{} (see `heapreel help`)", name, nearest_hint(name, names)));
}

namespace {

std::vector<OptionSpec> help_option_table() {
  return {{"--man", "", "", "print the manual page, for man(1)"}};
}

ExitStatus print_help(const Arguments& arguments) {
  std::string text;
  const bool man = arguments.has("--man");
  if (arguments.operands().empty()) {
    text = man ? man_page() : help_text();
  } else {
    arguments.require_operands(1);
    const std::string& topic = arguments.operands()[0];
    const CommandSpec* command = find_command(topic);
    if (command == nullptr && topic != "options") throw unknown_command(topic);
    if (command == nullptr) {
      text = man ? man_page() : environment_help_text();  // the page of all of heapreel tells them
    } else {
      text = man ? man_page(*command) : help_text(*command);
    }
  }
  std::fputs(text.c_str(), stdout);
  return kOk;
}

}  // namespace

CommandSpec help_command() {
  static constexpr Example examples[] = {
      {"heapreel help diff", "what `diff` can do"},
      {"heapreel help --man run > heapreel-run.1", "the manual page of `run`"},
  };
  return {.name = "help",
          .operands = "[COMMAND | options]",
          .help = "explain a command and its options, or the options in the environment",
          .options = help_option_table,
          .execute = print_help,
          .examples = examples};
}

}  // namespace heapreel::tools
