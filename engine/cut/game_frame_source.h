// What says where a game frame ends.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// From the makeshift to the real thing: once one of these has ended a game frame, those before it end none any more, and
// what they ended is all of game frame 0. The numbers are written into reels.
enum class GameFrameSource : uint8_t {
  kTimer = 0,     // the consolidator's clock: every TracerOptions::frame_every_ms
  kPresent = 1,   // the program shows a picture: a call such as SDL_GL_SwapWindow
  kFunction = 2,  // a function of the program that the user named
  kProgram = 3,   // the program says so itself
};

}  // namespace heapreel::engine
