// Bytes in a form that a page of HTML can carry: compressed, and in letters that mean nothing to a browser.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace heapreel::tools {

enum class Packing {
  kSmall,  // for a file
  kQuick,  // for a browser of this machine: a third of the time, a fifth more bytes
};

// Base64 of a raw deflate stream (RFC 1951), which DecompressionStream('deflate-raw') unpacks in a browser. Throws
// std::bad_alloc when there is no memory.
std::string packed_text(std::span<const uint8_t> bytes, Packing packing);

}  // namespace heapreel::tools
