// The bytes of one cached module: versioned, length- and checksum-checked. Pure functions over memory.
//
//   "heapreel" | u32 version | u32 CRC-32 of the payload | u64 payload size | payload
//   payload: identity | strings | addresses; counts and lengths are u32, everything little-endian.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heapreel {

struct CachedFrame {
  uint32_t function;  // index into strings
  uint32_t filename;
  uint32_t lineno;
  bool inlined;

  friend bool operator==(const CachedFrame&, const CachedFrame&) = default;
};

struct CachedSymbols {
  std::string identity;  // of the files the frames were read from
  std::vector<std::string> strings;
  std::map<uint64_t, std::vector<CachedFrame>> frames;  // by ELF virtual address; empty = nothing is known there

  friend bool operator==(const CachedSymbols&, const CachedSymbols&) = default;
};

std::string encode_cached_symbols(const CachedSymbols& symbols);

// Returns nothing when encode_cached_symbols() did not write the bytes. They may be anything.
std::optional<CachedSymbols> decode_cached_symbols(std::string_view bytes);

}  // namespace heapreel
