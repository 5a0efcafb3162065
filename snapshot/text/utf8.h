// UTF-8 to code points, with Python's way of carrying bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

// A byte that belongs to no valid sequence becomes U+DC00 + byte, as with Python's "surrogateescape", which
// is how file names reach tracemalloc.
std::u32string decode_utf8(std::string_view text);

// Takes one code point off the front of `text`, which must not be empty.
char32_t take_code_point(std::string_view& text);

}  // namespace heapreel
