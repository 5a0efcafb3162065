// The live blocks of a set by size.
#pragma once

#include <vector>

#include <heapreel/size_histogram.h>

#include "snapshot/model/trace_set.h"

namespace heapreel {

std::vector<SizeBin> histogram_of(const TraceSet& set, SizeBinning binning);

// The bin of a size, named by the largest size in it.
uint64_t bin_of(uint64_t bytes, SizeBinning binning);

// The bytes of the block that mimalloc 2 gives for a request of `bytes` without a special alignment.
uint64_t mimalloc_block_bytes(uint64_t bytes);

}  // namespace heapreel
