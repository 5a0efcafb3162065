// zstd, one frame at a time.
#pragma once

#include <cstddef>

#include "snapshot/reel_bytes.h"

namespace heapreel {

// Each column with frequencies of its own.
Bytes compress(const ByteWriter& contents);

// Throws ReelError unless `packed` is exactly one frame of `raw_bytes` bytes.
Bytes decompress(const Bytes& packed, size_t raw_bytes);

}  // namespace heapreel
