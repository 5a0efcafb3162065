// Which code points Python's repr() shows as themselves.
#pragma once

namespace heapreel {

// str.isprintable() of one code point. Code points above U+10FFFF are not.
bool is_printable(char32_t code_point);

}  // namespace heapreel
