#include "snapshot/model/size_class.h"

#include <cmath>

#include <heapreel/size_text.h>

namespace heapreel {

std::string size_class_name(uint32_t size_class) {
  if (size_class == 0) return format_size(0);
  return "up to " + format_size(std::ldexp(1.0, static_cast<int>(size_class) - 1));
}

}  // namespace heapreel
