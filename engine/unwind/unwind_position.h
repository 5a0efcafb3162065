// How far a walk has come: a frame's registers, and how far its stack may be read.
#pragma once

#include <cstdint>

namespace heapreel::engine {

struct UnwindPosition {
  uintptr_t pc = 0;  // as stored (frame_pc.h)
  uintptr_t sp = 0;
  uintptr_t bp = 0;    // the frame-pointer register
  uintptr_t end = 0;   // of what may be read of the stack that sp lies on
  uintptr_t link = 0;  // the link register, where there is one; known right after a signal frame only
};

}  // namespace heapreel::engine
