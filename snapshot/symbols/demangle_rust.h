// Rust's two name manglings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heapreel {

// The legacy scheme looks like C++ with a last component "h" + 16 hex digits. Takes a name that the C++ demangler has
// read, drops the hash and restores the characters that were spelled out ("$LT$" is '<'). Returns nothing for a C++
// name.
std::optional<std::string> demangle_rust_legacy(std::string_view name);

// The v0 scheme (RFC 2603), "_R...". Nothing when `name` does not follow it.
std::optional<std::string> demangle_rust_v0(std::string_view name);

}  // namespace heapreel
