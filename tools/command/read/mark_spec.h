// Finds the game frame that the name of a mark means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// "NAME" is the first mark of that name, "NAME#2" the second, "NAME#-1" the last; "NAME+30" and "NAME#2-3" are so many game
// frames later or earlier than the mark's. When a mark's name is the whole text, that mark is meant.

// The game frame that the text means: for a mark, the one that it lies in. Throws a usage error that names what there is.
uint32_t game_frame_of_mark(const Reel& reel, std::string_view text);

// The place in Reel::marks() of the mark that the text means; nothing where it means another game frame than a mark's, or
// nothing at all. Throws as above.
std::optional<size_t> mark_of(const Reel& reel, std::string_view text);

}  // namespace heapreel::tools
