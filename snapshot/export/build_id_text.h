// A build-id as tools print it: hexadecimal, without blanks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace heapreel {

inline std::string build_id_text(const std::vector<uint8_t>& build_id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : build_id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace heapreel
