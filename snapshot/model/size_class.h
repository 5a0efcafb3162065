// Size classes: the smallest power of two that holds a block.
#pragma once

#include <cstdint>
#include <string>

#include "engine/store/group_sums.h"

namespace heapreel {

// 0 for a block of no bytes, else 1 + the exponent: 1 byte is class 1, 2 bytes 2, 3 and 4 bytes 3, ...
using engine::size_class_of;

// "0 B", "up to 64 B", "up to 16.0 KiB".
std::string size_class_name(uint32_t size_class);

}  // namespace heapreel
