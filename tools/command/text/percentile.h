// Percentiles of figures, as `run` and `frames` print them.
#pragma once

#include <cstdint>
#include <vector>

namespace heapreel::tools {

// The p-th percentile, nearest rank; 0 of nothing.
uint64_t percentile(std::vector<uint64_t> values, unsigned p);

}  // namespace heapreel::tools
