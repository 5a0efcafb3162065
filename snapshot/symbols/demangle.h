// Mangled linker names as their authors wrote them.
#pragma once

#include <cstdint>
#include <string>

namespace heapreel {

// C++ (Itanium) and both Rust schemes; any other name comes back as it is. Rust's hash suffix and crate ids
// are left out. A C++ name whose text might exceed kMostDemangledBytes (demangled_bound.h) comes back as it is: one
// crafted to repeat itself would be written out without end. The C++ runtime's demangler, which is used here,
// refuses most names of more than about 1,000 characters as well.
inline constexpr uint64_t kMostDemangledBytes = 16 << 20;
std::string demangle(const char* name);

}  // namespace heapreel
