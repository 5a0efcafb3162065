// Where a stack walk begins: the registers of the function that called a hook, as they were at the call.
#pragma once

#include <cstdint>

namespace heapreel::engine {

struct WalkStart {
  uintptr_t pc;  // return address into the hook's caller
  uintptr_t sp;  // stack pointer of the caller right after the hook returns
  uintptr_t bp;  // frame-pointer register of the caller
};

}  // namespace heapreel::engine

// Use it in the body of the exported hook itself (malloc, operator new ...), never in a helper: it forces a frame
// record in that function and reads the caller's registers from it.
#define HEAPREEL_WALK_START()                                                                  \
  (::heapreel::engine::WalkStart{reinterpret_cast<uintptr_t>(__builtin_return_address(0)),     \
                                 reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) + 16, \
                                 *static_cast<const uintptr_t*>(__builtin_frame_address(0))})
