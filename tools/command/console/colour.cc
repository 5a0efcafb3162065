#include "tools/command/console/colour.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace heapreel::tools {

bool wants_colours() {
  const char* none = std::getenv("NO_COLOR");
  if (none != nullptr && *none != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::string coloured(const std::string& text, Colour colour, bool wanted) {
  if (!wanted) return text;
  const char* code = colour == Colour::kGreen ? "32" : colour == Colour::kYellow ? "33" : "31";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::string cut_to_columns(const std::string& text, size_t columns) {
  size_t shown = 0;
  bool in_colour = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b') {
      in_colour = text.compare(at, 4, "\x1b[0m") != 0;
      at = text.find('m', at);
      if (at == std::string::npos) return text;
      continue;
    }
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && shown++ == columns) return text.substr(0, at) + (in_colour ? "\x1b[0m" : "");
  }
  return text;
}

}  // namespace heapreel::tools
