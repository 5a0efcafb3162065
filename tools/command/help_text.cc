#include "tools/command/help_text.h"

#include "hooks/process/options.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr size_t kNameColumn = 28;

std::string row(const std::string& name, std::string_view help) {
  return format_exact("  {:<{}}{}{}\n", name, kNameColumn, name.size() < kNameColumn ? "" : "  ", help);
}

std::string default_text(const hooks::Option& option) {
  const uint64_t value = option.load(engine::TracerOptions{});
  switch (option.type) {
    case hooks::OptionType::kBytes:
      return value >> 30 != 0 && value % (1 << 30) == 0 ? format_exact("{}G", value >> 30)
                                                        : format_exact("{}M", value >> 20);
    case hooks::OptionType::kOverload:
      return value != 0 ? "block" : "stop; block under `heapreel run`";
    case hooks::OptionType::kOnBreach:
      return hooks::kOnBreachNames[value];
    case hooks::OptionType::kNumber:
    case hooks::OptionType::kSwitch:
      break;
  }
  return std::to_string(value);
}

}  // namespace

std::string help_text() {
  std::string text = "heapreel: every allocation of a program, with its call stack, at every game frame\n\n";
  text += "usage: heapreel COMMAND [options] ...\n\ncommands:\n";
  for (const CommandSpec& command : command_table()) text += row(std::string(command.name), command.help);
  text +=
      "\n  FILE@1204 is the end of game frame 1204 of a reel; there are also @peak, @end, @mark:NAME, "
      "which is\n  the moment of the mark itself, @mark:NAME#2, @mark:NAME#-1 (the last) and @mark:NAME+30\n";
  text +=
      "\n`heapreel help COMMAND` explains a command and its options, `heapreel help options` those of the "
      "environment\n";
  return text;
}

std::string help_text(const CommandSpec& command) {
  std::string text = format_exact("{}\n\nusage: heapreel {} {}\n", command.help, command.name, command.operands);
  const std::vector<OptionSpec> options = command.options();
  if (!options.empty()) text += "\noptions:\n";
  for (const OptionSpec& option : options) {
    std::string name = option.short_name.empty() ? option.name : option.short_name + ", " + option.name;
    if (!option.value.empty()) name += " " + option.value;
    text += row(name, option.help);
  }
  if (command.notes != nullptr) text.append(1, '\n').append(command.notes());  // format() would take its lines apart
  if (!command.examples.empty()) text += "\nexamples:\n";
  for (const Example& example : command.examples) {
    text += format_exact("  {}\n      {}\n", example.command, example.shows);
  }
  return text;
}

std::string environment_help_text() {
  std::string text =
      "HEAPREEL=25 turns tracing on, with the 25 most recent stack frames in each traceback (1 to 1024); 0 or empty: "
      "off\n";
  text += "HEAPREEL_OPTIONS=key=value:key=value:...\n\n";
  for (const hooks::Option& option : hooks::option_table()) {
    if (std::string_view(option.help).starts_with("set by")) {
      text += row(option.name, option.help);
    } else {
      text += row(option.name, format_exact("{} (default {})", option.help, default_text(option)));
    }
  }
  text += "\n`heapreel run` refuses a bad value; a preloaded program reports it and runs untraced\n";
  return text;
}

}  // namespace heapreel::tools
