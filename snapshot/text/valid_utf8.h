// Makes text that every reader accepts.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

// `text` with U+FFFD in the place of NUL and of each byte that is no UTF-8.
std::string valid_utf8(std::string_view text);

}  // namespace heapreel
