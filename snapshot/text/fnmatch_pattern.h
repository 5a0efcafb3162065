// Python's fnmatch language.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace heapreel {

// One compiled pattern; matches whole strings, code point by code point. Not POSIX fnmatch(3): `*` and `?`
// match "/" and a leading dot, a backslash is an ordinary character, `[!x]` negates and `[^x]` does not, and
// there are no character classes. Sets follow CPython's fnmatch.translate() in all its corners. Immutable,
// thread-safe.
class FnmatchPattern {
 public:
  explicit FnmatchPattern(std::string_view pattern);

  bool matches(std::string_view name) const;

 private:
  struct Piece {
    enum Kind : unsigned char { kLiteral, kAny, kRun, kSet } kind;
    bool negated = false;                                    // kSet
    char32_t literal = 0;                                    // kLiteral
    std::vector<std::pair<char32_t, char32_t>> ranges = {};  // kSet, ends included

    bool accepts(char32_t code_point) const;
  };

  static Piece parse_set(std::u32string_view content);

  std::vector<Piece> pieces_;
};

}  // namespace heapreel
