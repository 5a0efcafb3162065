// zstd, one frame at a time.
#pragma once

#include <cstddef>

#include "snapshot/reel_bytes.h"

namespace heapreel {

Bytes compress(const Bytes& bytes);

// Throws ReelError unless `packed` is exactly one frame of `raw_bytes` bytes.
Bytes decompress(const Bytes& packed, size_t raw_bytes);

}  // namespace heapreel
