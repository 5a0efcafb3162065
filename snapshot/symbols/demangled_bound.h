// How long the text of a mangled C++ name can become.
#pragma once

#include <cstdint>
#include <string_view>

namespace heapreel {

// An upper bound for the bytes of the demangled text; it saturates. A name of n bytes can refer back to parts of
// itself, and these to others, so that its text takes up to about 2^(n/11) bytes. Takes O(n log n) time and allocates
// little.
uint64_t demangled_bound(std::string_view mangled);

}  // namespace heapreel
