#include "snapshot/budget/code_pattern.h"

#include <algorithm>

#include "snapshot/text/bare_function.h"
#include "snapshot/text/function_name.h"

namespace heapreel {
namespace {

// Calls tried(part) for a bare name, and for what is left of it behind each "::".
template <class Try>
bool any_end_of_function(std::string_view bare, Try&& tried) {
  const std::string_view last = last_part_of_function(bare);
  const auto last_at = static_cast<size_t>(last.data() - bare.data());
  for (size_t at = 0;;) {
    if (tried(bare.substr(at))) return true;
    const size_t next = bare.find("::", at);
    if (next == bare.npos || next + 2 > last_at) return false;
    at = next + 2;
  }
}

template <class Try>
bool any_end_of_path(std::string_view path, Try&& tried) {
  for (size_t at = 0;;) {
    if (tried(path.substr(at))) return true;
    at = path.find('/', at);
    if (at == path.npos) return false;
    ++at;
  }
}

}  // namespace

CodePattern::Matcher::Matcher(const std::string& pattern, bool is_function)
    : pattern_({pattern}), is_function_(is_function) {}

bool CodePattern::Matcher::matches(const std::string& name) {
  const auto [known, is_new] = verdicts_.try_emplace(name, false);
  if (!is_new) return known->second;
  const auto tried = [this](std::string_view part) { return pattern_.matches(part); };
  known->second =
      is_function_ ? tried(name) || tried(without_return_type(name)) || any_end_of_function(bare_function(name), tried)
                   : any_end_of_path(name, tried);
  return known->second;
}

CodePattern::CodePattern(const Texts& texts) {
  if (!texts.function.empty()) function_.emplace(texts.function, true);
  if (!texts.file.empty()) file_.emplace(texts.file, false);
  if (!texts.module.empty()) module_.emplace(texts.module, false);
}

bool CodePattern::matches(const Frame& frame) {
  return (!function_ || function_->matches(frame.function())) && (!file_ || file_->matches(frame.filename())) &&
         (!module_ || module_->matches(frame.module()));
}

bool CodePattern::matches(const Traceback& stack) {
  return std::ranges::any_of(stack, [this](const Frame& frame) { return matches(frame); });
}

}  // namespace heapreel
