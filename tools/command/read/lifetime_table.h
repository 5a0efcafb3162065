// How long freed blocks had lived, in game frames: of the whole program, and of its groups.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/read/view_options.h"

namespace heapreel::tools {

// A table or JSON, up to the end of `game_frame`. Groups are sorted by how many of their blocks died in the game frame
// of their birth. Reads the reel from its beginning. Throws a usage error for options that need more than the sums that
// are kept of freed blocks, and ReelError when the reel is damaged.
std::string lifetime_table(const Reel& reel, const std::string& path, uint32_t game_frame, const ViewOptions& options);

// Throws a usage error when the options need more than the sums that are kept of freed blocks. `what` says which option
// needs them.
void expect_figures_of_sites(const ViewOptions& options, const std::string& what);

}  // namespace heapreel::tools
