#include "snapshot/text/python_repr.h"

#include "snapshot/text/unicode_printable.h"
#include "snapshot/text/utf8.h"

namespace heapreel {
namespace {

void append_hex(std::string& out, char prefix, char32_t code_point, int digits) {
  out += '\\';
  out += prefix;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[code_point >> shift & 0xf];
}

void append_escaped(std::string& out, char32_t code_point) {
  switch (code_point) {
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  if (code_point <= 0xff) return append_hex(out, 'x', code_point, 2);
  if (code_point <= 0xffff) return append_hex(out, 'u', code_point, 4);
  append_hex(out, 'U', code_point, 8);
}

}  // namespace

std::string python_repr(std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t code_point = take_code_point(text);
    if (code_point == static_cast<char32_t>(quote) || code_point == '\\') {
      out += '\\';
      out += static_cast<char>(code_point);
    } else if (is_printable(code_point)) {
      out += rest.substr(0, rest.size() - text.size());
    } else {
      append_escaped(out, code_point);
    }
  }
  out += quote;
  return out;
}

}  // namespace heapreel
