// FNV-1a: a hash that is the same in every process and version, for numbers that leave the process.
#pragma once

#include <cstdint>
#include <string_view>

namespace heapreel {

class StableHash {
 public:
  StableHash& add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<uint8_t>(c));
    return add_byte(0xff);  // in no UTF-8: it ends the text
  }
  StableHash& add(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<uint8_t>(number >> shift));
    return *this;
  }
  // Below 2^53, so that languages whose numbers are all floating point keep it.
  uint64_t value() const { return (hash_ ^ hash_ >> 53) & ((uint64_t{1} << 53) - 1); }

 private:
  StableHash& add_byte(uint8_t byte) {
    hash_ = (hash_ ^ byte) * 0x100000001b3;
    return *this;
  }

  uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace heapreel
