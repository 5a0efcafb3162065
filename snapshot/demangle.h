// Mangled linker names as their authors wrote them.
#pragma once

#include <string>

namespace heapreel {

// C++ (Itanium) and both Rust schemes; any other name comes back as it is. Rust's hash suffix and crate ids
// are left out.
std::string demangle(const char* name);

}  // namespace heapreel
