// Bytes as a page of HTML can carry them: compressed, and in letters that mean nothing to a browser.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace heapreel::tools {

// Base64 of a raw deflate stream (RFC 1951), which DecompressionStream('deflate-raw') unpacks in a browser. Throws
// std::bad_alloc when there is no memory.
std::string packed_text(std::span<const uint8_t> bytes);

}  // namespace heapreel::tools
