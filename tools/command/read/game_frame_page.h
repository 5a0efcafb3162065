// A whole recording on one page: its game frames in some twenty ranges, and the busiest of them.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// `rows` are not empty, and ascend by number.
std::string game_frame_page(const Reel& reel, const std::vector<GameFrameRow>& rows);

}  // namespace heapreel::tools
