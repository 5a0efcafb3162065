// zstd, one frame at a time.
#pragma once

#include <cstdint>
#include <span>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// Compresses the contents; each column has frequencies of its own.
Bytes compress(const ByteWriter& contents);

// Throws ReelError unless `packed` is exactly one frame of as many bytes as `unpacked` has room for.
void decompress(std::span<const uint8_t> packed, std::span<uint8_t> unpacked);

}  // namespace heapreel
