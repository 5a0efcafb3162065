// Finds the game frame that the name of a mark means.
#pragma once

#include <cstdint>
#include <string_view>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// The game frame that "NAME", "NAME#2" (the second mark of that name), "NAME+30" or "NAME#2-3" (so many game frames
// later or earlier) means. When a mark's name is the whole text, that mark is meant. Throws a usage error that names
// what there is.
uint32_t game_frame_of_mark(const Reel& reel, std::string_view text);

}  // namespace heapreel::tools
