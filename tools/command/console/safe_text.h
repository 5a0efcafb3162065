// Text that comes from a program, made safe to show: the one place where that is done.
#pragma once

#include <string>
#include <string_view>

namespace heapreel::tools {

// Whether a terminal shows this code point, and nothing but it.
bool is_safe_to_show(char32_t code_point);

// `text` as it may go to any terminal, in one line: '?' takes the place of control characters (C0, C1, delete, line and
// paragraph separators), of what changes the direction of writing or is invisible, and of bytes that are no UTF-8.
std::string printable(std::string_view text);

}  // namespace heapreel::tools
