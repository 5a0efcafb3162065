// Python's repr() of a string.
#pragma once

#include <string>
#include <string_view>

namespace heapreel {

// 'a.py', "it's", 'tab\t', '\xa0': single quotes unless only double ones save an escape, non-printable code
// points escaped. Bytes that are not UTF-8 show as '\udcXX', which is how Python holds them in a file name.
std::string python_repr(std::string_view text);

}  // namespace heapreel
