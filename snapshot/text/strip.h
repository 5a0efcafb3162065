// Python's str.strip().
#pragma once

#include <string_view>

namespace heapreel {

// `text` without the white space at its ends, Unicode's included.
std::string_view strip(std::string_view text);

}  // namespace heapreel
