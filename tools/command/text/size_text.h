// A number of bytes as all commands show it.
#pragma once

#include <heapreel/size_text.h>

#include <cstdint>
#include <string>

namespace heapreel::tools {

// "119 KiB": as tracemalloc prints sizes.
inline std::string size_text(uint64_t bytes) {
  return format_size(static_cast<double>(bytes));
}

}  // namespace heapreel::tools
