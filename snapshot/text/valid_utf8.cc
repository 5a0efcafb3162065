#include "snapshot/text/valid_utf8.h"

#include "snapshot/text/utf8.h"

namespace heapreel {

std::string valid_utf8(std::string_view text) {
  constexpr char32_t kFirstEscapedByte = 0xdc80, kLastEscapedByte = 0xdcff;  // of bytes that are no UTF-8
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t c = take_code_point(text);
    if (c == 0 || (c >= kFirstEscapedByte && c <= kLastEscapedByte)) {
      result += "\xef\xbf\xbd";
    } else {
      result += rest.substr(0, rest.size() - text.size());
    }
  }
  return result;
}

}  // namespace heapreel
