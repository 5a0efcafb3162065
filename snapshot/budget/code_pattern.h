// Patterns that match stacks by their code.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <heapreel/traceback.h>

#include "snapshot/text/name_matcher.h"

namespace heapreel {

// Patterns like those of Filter, for the parts of one frame; a pattern that is not given matches everything. The
// pattern of a function is compared with its whole name, with its name without parameters, and with the last parts of
// that: "Mesh::load" and "load" both match "game::Mesh::load(int)". The pattern of a file or module is compared with
// its whole path and with the last parts of it.
//
// Not thread-safe: it remembers its verdicts.
class CodePattern {
 public:
  struct Texts {
    std::string function = {}, file = {}, module = {};  // empty: not given
  };

  explicit CodePattern(const Texts& texts);

  bool matches(const Frame& frame);
  // Whether any frame of a stack matches: the allocating code, or code that called it.
  bool matches(const Traceback& stack);

 private:
  // Compares a name and the parts at its end, each once.
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
