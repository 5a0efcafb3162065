// Reads one section of what threads freed of blocks that others had allocated: REEL_FORMAT.md, kind 19.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/store/cross_thread_frees.h"

namespace heapreel {

// How much the sums of a site grew in a still.
struct CrossThreadGrowth {
  uint32_t still = 0;
  uint32_t site = 0;
  engine::CrossThreadFrees growth = {};
};

// The growth, ascending by still and site. `last_still` is the last still that the section may tell about, and `sites`
// the number of sites. Throws ReelError.
std::vector<CrossThreadGrowth> read_cross_thread_section(std::span<const uint8_t> payload, uint32_t last_still,
                                                         uint32_t sites);

}  // namespace heapreel
