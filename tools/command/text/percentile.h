// Percentiles of figures, as `run` and `frames` print them.
#pragma once

#include <cstdint>
#include <vector>

namespace heapreel::tools {

// The p-th percentile by the nearest rank; 0 for no values.
uint64_t percentile(std::vector<uint64_t> values, unsigned p);

}  // namespace heapreel::tools
