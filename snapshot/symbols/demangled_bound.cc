#include "snapshot/symbols/demangled_bound.h"

#include <algorithm>
#include <map>

namespace heapreel {
namespace {

// The longest text that one character stands for: "Ss" is a std::basic_string with all of its arguments.
constexpr uint64_t kMostPerCharacter = 48;
constexpr uint64_t kSaturated = uint64_t{1} << 60;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads S_, S0_, ... SZZ_: the number of the part that is referred to; in the same way T_, T0_, ... Moves `at` behind
// it. False when there is none.
bool read_reference(std::string_view name, size_t& at, uint64_t& number) {
  uint64_t value = 0;
  size_t end = at + 1;
  for (; end < name.size() && (is_digit(name[end]) || (name[end] >= 'A' && name[end] <= 'Z')); ++end) {
    value = std::min(kSaturated,
                     value * 36 + static_cast<uint64_t>(is_digit(name[end]) ? name[end] - '0' : name[end] - 'A' + 10));
  }
  if (end == name.size() || name[end] != '_') return false;
  number = end == at + 1 ? 0 : value + 1;
  at = end + 1;
  return true;
}

}  // namespace

uint64_t demangled_bound(std::string_view name) {
  // Parts are numbered in the order in which they end, so that none is longer than all the text before the first
  // reference to it, or to a later part.
  std::map<uint64_t, uint64_t> longest;  // by number of a part
  uint64_t text = 0;
  for (size_t at = 0; at < name.size() && text < kSaturated;) {
    uint64_t number = 0;
    const bool is_part = name[at] == 'S';
    if ((is_part || name[at] == 'T') && read_reference(name, at, number)) {
      // A template's parameter may be any of its arguments.
      const auto later = is_part ? longest.lower_bound(number) : longest.end();
      const uint64_t length = later == longest.end() ? text : std::min(text, later->second);
      if (is_part) longest.insert({number, length});
      text += length;
      continue;
    }
    text += kMostPerCharacter;
    if (!is_digit(name[at])) {
      ++at;
      continue;
    }
    // A source name: so many characters that stand for themselves.
    size_t length = 0;
    for (; at < name.size() && is_digit(name[at]); ++at)
      length = std::min<size_t>(name.size(), length * 10 + static_cast<size_t>(name[at] - '0'));
    const size_t skipped = std::min(length, name.size() - at);
    text += skipped;
    at += skipped;
  }
  return std::min(text, kSaturated);
}

}  // namespace heapreel
