// Completion scripts for shells, made from the option table, so that they offer exactly what is parsed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heapreel::tools {

// The script for "bash", "zsh" or "fish"; nothing for another shell.
std::optional<std::string> completion_script(std::string_view shell);

}  // namespace heapreel::tools
