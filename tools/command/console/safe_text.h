// Text that comes from a program, made safe to show: the one place where that is done.
#pragma once

#include <string>
#include <string_view>

namespace heapreel::tools {

// Whether a terminal shows this code point as a character, and does nothing else because of it.
bool is_safe_to_show(char32_t code_point);

// `text` in one line that is safe for any terminal. A '?' takes the place of control characters (C0, C1, delete, line and
// paragraph separators), of characters that are invisible or change the direction of writing, and of bytes that are not
// UTF-8.
std::string printable(std::string_view text);

}  // namespace heapreel::tools
