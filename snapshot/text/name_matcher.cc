#include "snapshot/text/name_matcher.h"

#include <algorithm>
#include <utility>

namespace heapreel {

NameMatcher::NameMatcher(const std::vector<std::string>& patterns, FilenameNormalizer normalizer)
    : normalizer_(std::move(normalizer)) {
  for (const std::string& pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string::npos) {
      names_.insert(pattern);
    } else {
      patterns_.emplace_back(pattern);
    }
  }
}

bool NameMatcher::matches(std::string_view name) {
  if (const auto known = verdicts_.find(name); known != verdicts_.end()) return known->second;
  return verdicts_.emplace(name, evaluate(name)).first->second;
}

bool NameMatcher::evaluate(std::string_view name) const {
  std::string normalized;
  if (normalizer_) {
    normalized = normalizer_(name);
    name = normalized;
  }
  if (names_.contains(name)) return true;
  return std::ranges::any_of(patterns_, [name](const FnmatchPattern& pattern) { return pattern.matches(name); });
}

}  // namespace heapreel
