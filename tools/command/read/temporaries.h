// Blocks that were allocated and freed inside one and the same game frame, as groups.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/read/statistics_view.h"

namespace heapreel::tools {

// Looks at the game frames after `before`, up to `after`. Merged game frames count as one. Reads the reel from its
// beginning. Throws a usage error for options that need more than the sums that are kept of freed blocks, and ReelError
// when the reel is damaged.
StatisticsView temporaries_view(const Reel& reel, const std::string& path, uint32_t before, uint32_t after,
                                const ViewOptions& options);

}  // namespace heapreel::tools
