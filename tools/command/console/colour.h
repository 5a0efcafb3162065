// Colours of a terminal: only where somebody sees them, and never where NO_COLOR is set (no-color.org).
#pragma once

#include <string>

namespace heapreel::tools {

enum class Colour { kGreen, kYellow, kRed };

// Whether stdout is a terminal that shows colours, and nobody asked for none.
bool wants_colours();

// `text` in a colour where `wanted`, otherwise as it is.
std::string coloured(const std::string& text, Colour colour, bool wanted);

// At most so many characters of UTF-8; colours in it take no room.
std::string cut_to_columns(const std::string& text, size_t columns);

}  // namespace heapreel::tools
