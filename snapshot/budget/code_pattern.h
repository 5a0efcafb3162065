// Patterns of code: which stacks they match.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <heapreel/traceback.h>

#include "snapshot/text/name_matcher.h"

namespace heapreel {

// Patterns as Filter has them, of the parts of one frame; what is not given matches everything. A function is met by
// its whole name, by its name without parameters, and by the last parts of that: "Mesh::load" and "load" both match
// "game::Mesh::load(int)". A file or module is met by its whole path and by the last parts of it.
//
// Not thread-safe: it remembers its verdicts.
class CodePattern {
 public:
  struct Texts {
    std::string function = {}, file = {}, module = {};  // empty: not given
  };

  explicit CodePattern(const Texts& texts);

  bool matches(const Frame& frame);
  // Whether any frame of a stack is matched: the code, or what it calls.
  bool matches(const Traceback& stack);

 private:
  // Tries a name and the parts at its end, each once.
  class Matcher {
   public:
    Matcher(const std::string& pattern, bool is_function);
    bool matches(const std::string& name);

   private:
    NameMatcher pattern_;
    bool is_function_;
    std::unordered_map<std::string, bool> verdicts_;
  };

  std::optional<Matcher> function_, file_, module_;
};

}  // namespace heapreel
