// Lines of the summary and of `info` about what tracing cost.
#pragma once

#include <string>

#include "snapshot/reel/format/reel_costs.h"

namespace heapreel::tools {

// The parts of the tracer's own memory, the largest first. Empty where they are not known.
std::string own_memory_line(const engine::OwnMemory& memory);

// What ended the game frames, as a text that follows their number: " by SDL_GL_SwapWindow". Empty when it is not known.
std::string game_frames_by_text(const ReelCosts& costs);
// Says that game frames of the timer were longer than they should be. Empty when none was.
std::string late_game_frames_line(const ReelCosts& costs);

}  // namespace heapreel::tools
