#include <array>
#include <charconv>
#include <utility>

#include "snapshot/symbols/demangle_rust.h"

namespace heapreel {
namespace {

constexpr std::string_view kHashPrefix = "::h";
constexpr size_t kHashDigits = 16;

bool ends_with_hash(std::string_view name) {
  if (name.size() <= kHashPrefix.size() + kHashDigits) return false;
  const std::string_view suffix = name.substr(name.size() - kHashPrefix.size() - kHashDigits);
  return suffix.starts_with(kHashPrefix) &&
         suffix.find_first_not_of("0123456789abcdef", kHashPrefix.size()) == std::string_view::npos;
}

constexpr std::array<std::pair<std::string_view, char>, 8> kEscapes = {
    {{"SP", '@'}, {"BP", '*'}, {"RF", '&'}, {"LT", '<'}, {"GT", '>'}, {"LP", '('}, {"RP", ')'}, {"C", ','}}};

// The character of "LT" or of "u7b" (hexadecimal, ASCII); 0 when `code` is neither.
char unescape(std::string_view code) {
  for (const auto& [escape, character] : kEscapes) {
    if (code == escape) return character;
  }
  unsigned value = 0;
  if (!code.starts_with('u') || code.size() < 2) return 0;
  const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), value, 16);
  const bool printable = error == std::errc() && end == code.data() + code.size() && value >= 0x20 && value < 0x7f;
  return printable ? static_cast<char>(value) : '\0';
}

}  // namespace

std::optional<std::string> demangle_rust_legacy(std::string_view name) {
  if (!ends_with_hash(name)) return std::nullopt;
  name.remove_suffix(kHashPrefix.size() + kHashDigits);
  std::string result;
  for (size_t at = 0; at < name.size();) {
    const bool component_start = at == 0 || name.substr(0, at).ends_with("::");
    if (component_start && name.substr(at).starts_with("_$")) {
      at++;  // it is there only because a component may not begin with '$'
    } else if (name.substr(at).starts_with("..")) {
      result += "::";
      at += 2;
    } else if (name[at] == '$') {
      const size_t close = name.find('$', at + 1);
      const char character = close == std::string_view::npos ? '\0' : unescape(name.substr(at + 1, close - at - 1));
      result += character != '\0' ? character : '$';
      at = character != '\0' ? close + 1 : at + 1;
    } else {
      result += name[at++];
    }
  }
  return result;
}

}  // namespace heapreel
