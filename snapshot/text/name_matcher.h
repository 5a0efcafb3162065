// Patterns that are tried once per distinct name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <heapreel/filter.h>

#include "snapshot/text/fnmatch_pattern.h"

namespace heapreel {

// Remembers its verdict on every name it has seen. Not thread-safe.
class NameMatcher {
 public:
  // Without a normalizer names are compared unchanged. Patterns are never normalised here.
  explicit NameMatcher(const std::vector<std::string>& patterns, FilenameNormalizer normalizer = nullptr);

  // Whether at least one pattern matches.
  bool matches(std::string_view name);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  bool evaluate(std::string_view name) const;

  // Patterns without wildcards, as most of long lists are.
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
  std::vector<FnmatchPattern> patterns_;
  FilenameNormalizer normalizer_;
  std::unordered_map<std::string, bool, Hash, std::equal_to<>> verdicts_;
};

}  // namespace heapreel
