// `heapreel completions SHELL`: prints the shell's completion script.
#include <cstdio>

#include "tools/command/completion_script.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> no_options() {
  return {};
}

ExitStatus print_completions(const Arguments& arguments) {
  arguments.require_operands(1);
  const std::string& shell = arguments.operands()[0];
  const auto script = completion_script(shell);
  if (!script) throw usage_error(format("completions: no script for '{}': bash, zsh or fish", shell));
  std::fputs(script->c_str(), stdout);
  return kOk;
}

}  // namespace

CommandSpec completions_command() {
  static constexpr Example examples[] = {
      {"heapreel completions bash > heapreel.bash", "a file for `source`"},
  };
  return {.name = "completions",
          .operands = "bash | zsh | fish",
          .help = "print a shell's completion script",
          .options = no_options,
          .execute = print_completions,
          .examples = examples};
}

}  // namespace heapreel::tools
