#include "snapshot/statistics/size_class.h"

#include <bit>
#include <cmath>

#include <heapreel/size_text.h>

namespace heapreel {

uint32_t size_class_of(uint64_t bytes) {
  if (bytes == 0) return 0;
  return static_cast<uint32_t>(std::bit_width(bytes - 1)) + 1;
}

std::string size_class_name(uint32_t size_class) {
  if (size_class == 0) return format_size(0);
  return "up to " + format_size(std::ldexp(1.0, static_cast<int>(size_class) - 1));
}

}  // namespace heapreel
