// Ends a game frame, whatever says that it ends.
#pragma once

#include <cstdint>

#include "engine/cut/game_frame_source.h"

namespace heapreel::engine {

// In the tracer of this copy. Has no effect while that is off, and once a better source has ended a game frame.
void end_game_frame(GameFrameSource source);
// The same for a game frame that the program ends and knows by this number.
void end_numbered_game_frame(uint32_t number);

}  // namespace heapreel::engine
