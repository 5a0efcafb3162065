// Data that xz compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heapreel {

// What `packed`, one .xz stream, holds; empty, and `error` says why, when it is damaged or holds more than `most`
// bytes. Memory grows with what was really unpacked, and unpacking takes at most `most` bytes more.
std::vector<uint8_t> decompress_xz(std::span<const uint8_t> packed, size_t most, std::string& error);

}  // namespace heapreel
