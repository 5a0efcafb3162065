// The words of a command line, sorted into options and operands by the option table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/command/console/command_spec.h"

namespace heapreel::tools {

class Arguments {
 public:
  // Sorts the words after the command's name. Throws a usage error that names the nearest option, or which of
  // `all_commands` has the option that this command lacks.
  static Arguments parse(const CommandSpec& command, std::span<const CommandSpec> all_commands,
                         const std::vector<std::string>& words);

  bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  // The last value given.
  std::optional<std::string> value(std::string_view option) const;
  std::vector<std::string> all_values(std::string_view option) const;
  // A number in [least, most], or `otherwise` when not given. Throws a usage error.
  uint64_t number(std::string_view option, uint64_t least, uint64_t most, uint64_t otherwise) const;

  // Bytes, at least `least`, with an optional suffix K, M, G or T; `otherwise` when not given. Throws a usage error.
  uint64_t bytes(std::string_view option, uint64_t least, uint64_t otherwise) const;

  const std::vector<std::string>& operands() const { return operands_; }
  // Throws a usage error unless there are exactly so many.
  void require_operands(size_t count) const;

  const CommandSpec& command() const { return *command_; }

 private:
  const CommandSpec* command_ = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> operands_;
};

}  // namespace heapreel::tools
