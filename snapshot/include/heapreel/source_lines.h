// Where Traceback::format() gets the text of a source line from.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <heapreel/export.h>

namespace heapreel {

// Returns the text of line `lineno` (1-based) of `filename`, or an empty string where there is none. Must not
// throw for a file that cannot be read.
using SourceLines = std::function<std::string(std::string_view filename, uint32_t lineno)>;

// Reads the line from the file itself, as Python's linecache does. A line ends at \n, \r or \r\n, and a byte-order mark
// at the start is not part of the text. Names like "<unknown>" are never opened. Unlike linecache this keeps no cache
// and searches no path: a relative name is relative to the current directory. Any thread.
HEAPREEL_API std::string read_source_line(std::string_view filename, uint32_t lineno);

}  // namespace heapreel
