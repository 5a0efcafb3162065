// Sizes as tracemalloc prints them.
#pragma once

#include <cstdint>
#include <string>

#include <heapreel/export.h>

namespace heapreel {

// "10239 B", "10.0 KiB", "100 KiB", "1048576 TiB": units of 1024, one decimal below 100 of a unit above B,
// none otherwise, the next unit from 10240 on. Rounds half to even on the binary value and ignores the
// locale. `sign` prints + or - always. Any thread.
HEAPREEL_API std::string format_size(double bytes, bool sign = false);

// bytes / count rounded once, as Python divides integers; count must not be 0.
HEAPREEL_API double average_size(uint64_t bytes, uint64_t count);

}  // namespace heapreel
