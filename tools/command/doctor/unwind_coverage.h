// How much of a module's code stacks can be walked through.
#pragma once

#include <cstdint>
#include <span>

namespace heapreel::tools {

// Bytes of code that the functions in the content of an .eh_frame section cover, in a file for a 64-bit little-endian
// machine. Entries that are damaged, or encoded in a way that compilers do not use, count as nothing.
uint64_t covered_code_bytes(std::span<const uint8_t> eh_frame);

}  // namespace heapreel::tools
