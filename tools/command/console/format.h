// Text of the command: fmt, confined to this file until the compilers' own <format> is there.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace heapreel::tools {

using fmt::format;

// 18204117 -> "18,204,117".
inline std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, 1, ',');
  return digits;
}

}  // namespace heapreel::tools
