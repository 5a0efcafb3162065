// Joins texts unchanged. A chain of + does the same, but GCC 12 warns of overflows in it that cannot happen (GCC bug
// 105651), and format.h would make each text printable.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace heapreel::tools {

inline std::string joined(std::initializer_list<std::string_view> texts) {
  std::string result;
  for (const std::string_view text : texts) result += text;
  return result;
}

}  // namespace heapreel::tools
