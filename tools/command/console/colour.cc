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

}  // namespace heapreel::tools
