// The live blocks of a set by size.
#pragma once

#include <vector>

#include <heapreel/size_histogram.h>

#include "snapshot/model/trace_set.h"

namespace heapreel {

std::vector<SizeBin> histogram_of(const TraceSet& set, SizeBinning binning);

// The bin that a size falls into, by the largest size in it.
uint64_t bin_of(uint64_t bytes, SizeBinning binning);

// Bytes of the block that mimalloc 2 hands out for a request of `bytes`, of natural alignment.
uint64_t mimalloc_block_bytes(uint64_t bytes);

}  // namespace heapreel
