#include "snapshot/text/strip.h"

#include "snapshot/text/utf8.h"

namespace heapreel {
namespace {

// str.isspace() of one code point.
bool is_space(char32_t c) {
  if (c < 0x80) return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= ' ');
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

}  // namespace

std::string_view strip(std::string_view text) {
  const char* first = nullptr;  // of the first code point that is no space
  const char* last = nullptr;   // behind the last one
  for (std::string_view rest = text; !rest.empty();) {
    const char* const start = rest.data();
    if (is_space(take_code_point(rest))) continue;
    if (first == nullptr) first = start;
    last = rest.data();
  }
  if (first == nullptr) return {};
  return {first, static_cast<size_t>(last - first)};
}

}  // namespace heapreel
