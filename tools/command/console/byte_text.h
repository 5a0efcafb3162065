// Numbers of bytes as people type them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace heapreel::tools {

// Reads "4096" or "512M": digits and at most one of the suffixes K, M, G and T, which are powers of 1024. Nothing for
// other texts, or when the number does not fit.
std::optional<uint64_t> bytes_from(std::string_view text);

}  // namespace heapreel::tools
