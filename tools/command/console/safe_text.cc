#include "tools/command/console/safe_text.h"

#include <algorithm>
#include <iterator>

#include "snapshot/text/utf8.h"

namespace heapreel::tools {
namespace {

struct Range {
  char32_t first, last;
};

// Ascending. Characters that a terminal obeys instead of showing them, characters that hide or reorder their
// neighbours, and the surrogates, by which decoding represents bytes that are no UTF-8.
constexpr Range kUnsafe[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
    {0x3164, 0x3164}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
};

}  // namespace

bool is_safe_to_show(char32_t code_point) {
  const auto range = std::ranges::lower_bound(kUnsafe, code_point, {}, &Range::last);
  return range == std::end(kUnsafe) || code_point < range->first;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view rest = text;
    if (is_safe_to_show(take_code_point(text))) {
      result += rest.substr(0, rest.size() - text.size());
    } else {
      result += '?';
    }
  }
  return result;
}

}  // namespace heapreel::tools
