// Blocks that were allocated and freed inside one and the same game frame, as groups.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/read/statistics_view.h"

namespace heapreel::tools {

// Of the game frames after `before`, up to `after`. Game frames that were merged count as one. Reads the reel from its
// beginning. Throws a usage error for options that a count of blocks that are gone has no answer for, and ReelError when
// the reel is damaged.
StatisticsView temporaries_view(const Reel& reel, const std::string& path, uint32_t before, uint32_t after,
                                const ViewOptions& options);

}  // namespace heapreel::tools
