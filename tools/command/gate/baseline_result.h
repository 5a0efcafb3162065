// What grew from one build to the next, call site by call site.
#pragma once

#include <cstdint>

#include "tools/command/gate/build_sites.h"
#include "tools/command/gate/gate_result.h"

namespace heapreel::tools {

struct GrowthLimit {
  uint64_t most_basis_points = 500;  // 100 are one percent
  uint64_t least_bytes = 1024;  // smaller changes do not count; nor does less than one allocation in 100 game frames
};

GateResult baseline_result(const BuildSites& before, const BuildSites& after, const GrowthLimit& limit);

}  // namespace heapreel::tools
