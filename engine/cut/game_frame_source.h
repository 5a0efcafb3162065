// The sources that can end a game frame.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// In rising order: once one of these has ended a game frame, those before it end no more game frames, and everything
// that they ended becomes game frame 0.
enum class GameFrameSource : uint8_t {
  kTimer,    // the consolidator's clock: every TracerOptions::frame_every_ms
  kPresent,  // the program shows a picture: a call such as SDL_GL_SwapWindow
  kProgram,  // the program says so itself
};

}  // namespace heapreel::engine
