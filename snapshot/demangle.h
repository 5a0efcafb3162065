// Mangled linker names as their authors wrote them.
#pragma once

#include <string>

namespace heapreel {

// C++ (Itanium) and both Rust schemes; any other name comes back as it is. Rust's hash suffix and crate ids
// are left out. The C++ runtime's demangler, which is used here, has two limits of its own: it refuses most
// names of more than about 1,000 characters, and a name crafted to repeat itself can make it write without
// bound.
std::string demangle(const char* name);

}  // namespace heapreel
