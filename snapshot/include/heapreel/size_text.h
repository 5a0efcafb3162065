// Sizes as tracemalloc prints them.
#pragma once

#include <cstdint>
#include <string>

#include <heapreel/export.h>

namespace heapreel {

// "10239 B", "10.0 KiB", "100 KiB", "1048576 TiB". Units are powers of 1024, and the next unit begins at 10240 of the
// one before. Below 100 of a unit larger than B there is one decimal, otherwise none. Rounds half to even and ignores
// the locale. With `sign` a + or - always stands in front. Any thread.
HEAPREEL_API std::string format_size(double bytes, bool sign = false);

// bytes / count, rounded once, as Python divides integers. count must not be 0.
HEAPREEL_API double average_size(uint64_t bytes, uint64_t count);

}  // namespace heapreel
