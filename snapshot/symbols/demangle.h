// Turns mangled linker names into the names that their authors wrote.
#pragma once

#include <cstdint>
#include <string>

namespace heapreel {

// For C++ (Itanium) and both schemes of Rust; any other name is returned unchanged. Rust's hash suffix and crate ids
// are left out. A C++ name whose text might exceed kMostDemangledBytes (demangled_bound.h) is returned unchanged, too:
// a name that was made to repeat itself would be written out without end. The C++ runtime's demangler, which is used
// here, also refuses most names of more than about 1,000 characters.
inline constexpr uint64_t kMostDemangledBytes = 16 << 20;
std::string demangle(const char* name);

}  // namespace heapreel
