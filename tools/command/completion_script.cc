#include "tools/command/completion_script.h"

#include <heapreel/key_type.h>

#include <vector>

#include "tools/command/console/format.h"
#include "tools/command/option_table.h"

namespace heapreel::tools {
namespace {

enum class ValueKind { kNone, kChoice, kFile, kFolder, kOther };

// The words of a value such as "stop|block"; all keys for a key of grouping.
std::vector<std::string> choices(const OptionSpec& option) {
  std::vector<std::string> words;
  if (option.value == "KEY") {
    for (const KeyType key : key_types()) words.emplace_back(to_string(key));
  } else if (option.value.find('|') != std::string::npos) {
    for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = option.value.find('|', begin);
      words.push_back(option.value.substr(begin, end - begin));
    }
  }
  return words;
}

ValueKind value_kind(const OptionSpec& option) {
  if (option.value.empty()) return ValueKind::kNone;
  if (!choices(option).empty()) return ValueKind::kChoice;
  if (option.value == "DIR") return ValueKind::kFolder;
  return option.value.starts_with("FILE") ? ValueKind::kFile : ValueKind::kOther;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ") {
  std::string text;
  for (const std::string& word : words) text += format_exact("{}{}", text.empty() ? "" : separator, word);
  return text;
}

std::vector<std::string> names_of(const OptionSpec& option) {
  if (option.short_name.empty()) return {option.name};
  return {option.short_name, option.name};
}

// `text` as one word of the shell, whatever is in it.
std::string quoted(std::string_view text, std::string_view quote_inside = "'\\''") {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += quote_inside;
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const CommandSpec& command : command_table()) names.emplace_back(command.name);
  return names;
}

// The words that `help` and `completions` take as operands; empty for other commands, which take files.
std::vector<std::string> operand_words(const CommandSpec& command) {
  if (command.name == "help") {
    std::vector<std::string> words = command_names();
    words.emplace_back("options");
    return words;
  }
  if (command.name == "completions") return {"bash", "zsh", "fish"};
  return {};
}

// Comments for people who read the script.
std::string example_comments(const CommandSpec& command, std::string_view indent) {
  std::string text;
  for (const Example& example : command.examples) text += format_exact("{}# {}\n", indent, example.command);
  return text;
}

std::string bash_value_case(const OptionSpec& option) {
  std::string reply;
  switch (value_kind(option)) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      reply = format_exact("mapfile -t COMPREPLY < <(compgen -W {} -- \"$current\")", quoted(joined(choices(option))));
      break;
    case ValueKind::kFile:
      reply = "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
      break;
    case ValueKind::kFolder:
      reply = "mapfile -t COMPREPLY < <(compgen -d -- \"$current\")";
      break;
    case ValueKind::kOther:
      reply = "COMPREPLY=()";
      break;
  }
  return format_exact("        {}) {}; return ;;\n", joined(names_of(option), "|"), reply);
}

std::string bash_script() {
  std::string text =
      "# bash completion for heapreel\n"
      "_heapreel() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} options= operands= i\n"
      "  compopt -o filenames 2>/dev/null\n"
      "  if ((COMP_CWORD == 1)); then\n";
  text += format_exact("    mapfile -t COMPREPLY < <(compgen -W {} -- \"$current\")\n    return\n  fi\n",
                       quoted(joined(command_names()) + " --help --version"));
  text += "  case ${COMP_WORDS[1]} in\n";
  for (const CommandSpec& command : command_table()) {
    text += format_exact("    {})\n{}", command.name, example_comments(command, "      "));
    if (command.takes_program) {
      text +=
          "      for ((i = 2; i < COMP_CWORD; ++i)); do\n"
          "        if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
          "          declare -F _command_offset >/dev/null && _command_offset $((i + 1))\n"
          "          return\n"
          "        fi\n"
          "      done\n";
    }
    std::string cases;
    std::vector<std::string> names = {"--help"};
    for (const OptionSpec& option : command.options()) {
      cases += bash_value_case(option);
      names.push_back(option.name);
    }
    if (!cases.empty()) text += format_exact("      case $previous in\n{}      esac\n", cases);
    text += format_exact("      options={}\n", quoted(joined(names)));
    if (const auto words = operand_words(command); !words.empty())
      text += format_exact("      operands={}\n", quoted(joined(words)));
    text += "      ;;\n";
  }
  text +=
      "  esac\n"
      "  if [[ $current == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
      "  elif [[ $operands ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$operands\" -- \"$current\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "  fi\n"
      "}\n"
      "complete -F _heapreel heapreel\n";
  return text;
}

// In zsh's _arguments, [brackets] enclose help and a colon separates fields: both must be escaped.
std::string zsh_help(std::string_view help) {
  std::string text;
  for (const char c : help) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string zsh_action(const OptionSpec& option) {
  switch (value_kind(option)) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return format_exact(":value:({})", joined(choices(option)));
    case ValueKind::kFile:
      return ":file:_files";
    case ValueKind::kFolder:
      return ":folder:_files -/";
    case ValueKind::kOther:
      return format_exact(":{}: ", zsh_help(option.value));
  }
  return "";
}

// What zsh says where it offers files: "FILE[@A] FILE[@B], as in heapreel diff game.reel@100 game.reel@190".
std::string operand_hint(const CommandSpec& command) {
  if (command.examples.empty()) return "file";
  return format_exact("{}, as in {}", command.operands, command.examples.front().command);
}

std::string zsh_script() {
  std::string text =
      "#compdef heapreel\n"
      "_heapreel() {\n"
      "  local -a commands=(\n";
  for (const CommandSpec& command : command_table())
    text += format_exact("    {}\n", quoted(format_exact("{}:{}", command.name, zsh_help(command.help))));
  text +=
      "  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $command in\n";
  for (const CommandSpec& command : command_table()) {
    text += example_comments(command, "    ");
    text += format_exact("    {}) _arguments -s", command.name);
    for (const OptionSpec& option : command.options()) {
      for (const std::string& name : names_of(option)) {
        text += " \\\n      " + quoted(format_exact("{}{}[{}]{}", option.repeats ? "*" : "", name,
                                                    zsh_help(option.help), zsh_action(option)));
      }
    }
    const auto words = operand_words(command);
    const std::string operands = command.takes_program ? "*::program:_normal"
                                 : words.empty()       ? format_exact("*:{}:_files", zsh_help(operand_hint(command)))
                                                       : format_exact("*:word:({})", joined(words));
    text += format_exact(" \\\n      {} ;;\n", quoted(operands));
  }
  text +=
      "  esac\n"
      "}\n"
      "if [ \"$funcstack[1]\" = _heapreel ]; then _heapreel \"$@\"; else compdef _heapreel heapreel; fi\n";
  return text;
}

std::string fish_option(const CommandSpec& command, const OptionSpec& option) {
  std::string text = format_exact("complete -c heapreel -n '__fish_seen_subcommand_from {}' -l {}", command.name,
                                  std::string_view(option.name).substr(2));
  if (!option.short_name.empty()) text += format_exact(" -s {}", std::string_view(option.short_name).substr(1));
  switch (value_kind(option)) {
    case ValueKind::kNone:
      break;
    case ValueKind::kChoice:
      text += format_exact(" -x -a {}", quoted(joined(choices(option)), "\\'"));
      break;
    case ValueKind::kFile:
      text += " -r -F";
      break;
    case ValueKind::kFolder:
      text += " -x -a '(__fish_complete_directories)'";
      break;
    case ValueKind::kOther:
      text += " -x";
      break;
  }
  return text + format_exact(" -d {}\n", quoted(option.help, "\\'"));
}

std::string fish_script() {
  std::string text = "# fish completion for heapreel\n";
  for (const CommandSpec& command : command_table()) {
    text += format_exact("complete -c heapreel -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                         quoted(command.help, "\\'"));
  }
  for (const CommandSpec& command : command_table()) {
    text += example_comments(command, "");
    for (const OptionSpec& option : command.options()) text += fish_option(command, option);
    const std::string here = format_exact("complete -c heapreel -n '__fish_seen_subcommand_from {}'", command.name);
    if (command.takes_program) {
      text += here + " -a '(__fish_complete_subcommand --fcs-skip=2)'\n";
    } else if (const auto words = operand_words(command); !words.empty()) {
      text += format_exact("{} -f -a {}\n", here, quoted(joined(words), "\\'"));
    }
  }
  return text;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  return std::nullopt;
}

}  // namespace heapreel::tools
