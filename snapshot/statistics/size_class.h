// Size classes: the smallest power of two that holds a block.
#pragma once

#include <cstdint>
#include <string>

namespace heapreel {

// 0 for a block of no bytes, else 1 + the exponent: 1 byte is class 1, 2 bytes 2, 3 and 4 bytes 3, ...
uint32_t size_class_of(uint64_t bytes);

// "0 B", "up to 64 B", "up to 16.0 KiB".
std::string size_class_name(uint32_t size_class);

}  // namespace heapreel
