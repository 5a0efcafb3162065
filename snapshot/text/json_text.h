// A text as JSON has it.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

// Appends `text` in quotation marks. Bytes that are no UTF-8 become U+FFFD. Code points for which `is_plain` is false
// are escaped, as are quotation marks and backslashes; it must be false for control characters.
void append_json_text(std::string& json, std::string_view text, bool (*is_plain)(char32_t code_point));
// The same; characters that are not ASCII are written unchanged.
void append_json_text(std::string& json, std::string_view text);

}  // namespace heapreel
