// What one tag, domain, thread or piece of code allocated and freed, game frame by game frame.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// Game frames of a reel in their order, as Reel::game_frames() has them, with the figures of one name alone: one that a
// budget may have. Peaks so far are not told by name, and are 0; of a domain it is told how much lived at most within each
// game frame, where the reel says so, over those that were merged into it as well. Game frames that were merged are left out: what
// happened in them is part of the next one's. Ends when visit() returns false. Throws ReelError, and a usage error where
// nothing in the reel has the name.
void for_each_game_frame_of(const Reel& reel, const std::string& name,
                            const std::function<bool(const GameFrameRow&)>& visit);

std::vector<GameFrameRow> game_frames_of(const Reel& reel, const std::string& name);

}  // namespace heapreel::tools
