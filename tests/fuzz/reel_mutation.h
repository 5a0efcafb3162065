// Changes a reel behind its checksums: a section's contents are unpacked and changed, or sections are dropped, doubled
// and swapped; lengths, checksums, index and trailer are made anew, so that the change reaches the code behind them.
#pragma once

#include <cstdint>
#include <functional>

#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel::testing {

// Changes any bytes, up to a size.
using MutateBytes = std::function<void(Bytes& bytes, size_t most)>;

// `reel` changed; bytes that are no reel are changed as they are. At most `most` bytes.
Bytes mutate_reel(Bytes reel, size_t most, uint32_t seed, const MutateBytes& mutate);

}  // namespace heapreel::testing
