// The end of a game frame, whoever says so.
#pragma once

#include <cstdint>

#include "engine/cut/game_frame_source.h"

namespace heapreel::engine {

// In this copy's tracer. Without effect while it is off, and once a better source has ended a game frame.
void end_game_frame(GameFrameSource source);
// One of the program's own, which knows it by this number.
void end_numbered_game_frame(uint32_t number);

}  // namespace heapreel::engine
