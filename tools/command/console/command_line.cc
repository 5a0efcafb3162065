#include "tools/command/console/command_line.h"

#include <algorithm>
#include <charconv>

#include "hooks/base/byte_count.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

// The commands that have the option: "stats, diff and leaks".
std::string commands_with(std::string_view option, std::span<const CommandSpec> all_commands) {
  std::vector<std::string_view> names;
  for (const CommandSpec& command : all_commands) {
    const auto options = command.options();
    if (std::ranges::any_of(options, [&](const auto& o) { return o.name == option || o.short_name == option; })) {
      names.push_back(command.name);
    }
  }
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    text += format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  }
  return text;
}

const OptionSpec& find_option(const CommandSpec& command, std::span<const CommandSpec> all_commands,
                              const std::vector<OptionSpec>& options, std::string_view name) {
  std::vector<std::string> names;
  for (const OptionSpec& option : options) {
    if (name == option.name || (!option.short_name.empty() && name == option.short_name)) return option;
    names.push_back(option.name);
  }
  if (const std::string others = commands_with(name, all_commands); !others.empty()) {
    throw usage_error(format(
        "{}: {} is an option of {}, not of {}: {}", command.name, name, others, command.name,
        command.instead.empty() ? format("see `heapreel help {}`", command.name) : std::string(command.instead)));
  }
  throw usage_error(format("{}: unknown option '{}'{} (see `heapreel help {}`)", command.name, name,
                           nearest_hint(name, names), command.name));
}

}  // namespace

Arguments Arguments::parse(const CommandSpec& command, std::span<const CommandSpec> all_commands,
                           const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.command_ = &command;
  const std::vector<OptionSpec> options = command.options();
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      arguments.operands_.insert(arguments.operands_.end(), words.begin() + static_cast<ptrdiff_t>(i) + 1, words.end());
      break;
    }
    // "-" is standard input, "-@SPEC" a moment of it.
    if (word.size() < 2 || word[0] != '-' || word[1] == '@') {
      if (command.takes_program) {
        arguments.operands_.assign(words.begin() + static_cast<ptrdiff_t>(i), words.end());
        break;
      }
      arguments.operands_.push_back(word);
      continue;
    }
    const bool is_long = word[1] == '-';
    const size_t equals = is_long ? word.find('=') : std::string::npos;
    const bool is_joined_short = !is_long && word.size() > 2;
    const OptionSpec& option =
        find_option(command, all_commands, options, is_joined_short ? word.substr(0, 2) : word.substr(0, equals));
    std::vector<std::string>& values = arguments.values_[option.name];
    if (option.value.empty()) {
      if (equals != std::string::npos || is_joined_short) {
        throw usage_error(format("{}: {} takes no value", command.name, option.name));
      }
      values.emplace_back();
    } else if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else if (is_joined_short) {
      values.push_back(word.substr(2));
    } else if (i + 1 < words.size()) {
      values.push_back(words[++i]);
    } else {
      throw usage_error(format("{}: {} needs a value, {}", command.name, option.name, option.value));
    }
  }
  return arguments;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::all_values(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

uint64_t Arguments::number(std::string_view option, uint64_t least, uint64_t most, uint64_t otherwise) const {
  const std::optional<std::string> text = value(option);
  if (!text) return otherwise;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least || number > most) {
    throw usage_error(format("{}: {}: invalid value '{}', expected a number from {} to {}", command_->name, option,
                             *text, least, most));
  }
  return number;
}

uint64_t Arguments::bytes(std::string_view option, uint64_t least, uint64_t otherwise) const {
  const std::optional<std::string> text = value(option);
  if (!text) return otherwise;
  const std::optional<uint64_t> bytes = byte_count(*text);
  if (!bytes || *bytes < least) {
    throw usage_error(format("{}: {}: invalid value '{}', expected bytes from {}, or with a suffix K, M, G, T",
                             command_->name, option, *text, least));
  }
  return *bytes;
}

void Arguments::require_operands(size_t count) const {
  if (operands_.size() == count) return;
  if (operands_.size() > count) {
    throw usage_error(format("{}: unexpected argument '{}': usage: heapreel {} {}", command_->name, operands_[count],
                             command_->name, command_->operands));
  }
  throw usage_error(
      format("{}: too few arguments: usage: heapreel {} {}", command_->name, command_->name, command_->operands));
}

}  // namespace heapreel::tools
