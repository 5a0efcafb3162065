#include "snapshot/text/json_text.h"

#include "snapshot/text/utf8.h"

namespace heapreel {
namespace {

void put_code_unit(std::string& json, char32_t unit) {
  constexpr char kDigits[] = "0123456789abcdef";
  json += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) json += kDigits[unit >> shift & 15];
}

}  // namespace

void append_json_text(std::string& json, std::string_view text, bool (*is_plain)(char32_t code_point)) {
  constexpr char32_t kFirstEscapedByte = 0xdc80, kLastEscapedByte = 0xdcff;  // of bytes that are no UTF-8
  json += '"';
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t c = take_code_point(text);
    if (c >= kFirstEscapedByte && c <= kLastEscapedByte) {
      json += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      json += '\\';
      json += static_cast<char>(c);
    } else if (is_plain(c)) {
      json += rest.substr(0, rest.size() - text.size());
    } else if (c < 0x1'0000) {
      put_code_unit(json, c);
    } else {
      put_code_unit(json, 0xd800 + ((c - 0x1'0000) >> 10));
      put_code_unit(json, 0xdc00 + ((c - 0x1'0000) & 0x3ff));
    }
  }
  json += '"';
}

void append_json_text(std::string& json, std::string_view text) {
  append_json_text(json, text, [](char32_t c) { return c >= 0x20 && c != 0x7f; });
}

}  // namespace heapreel
