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

// HEAPREEL_WALK_START() forces a frame record in the function that uses it, and reads the caller's registers from that
// record. Use it in the body of the exported hook itself (malloc, operator new ...) or in a function in which the hook
// ends by a jump, never in one that the hook calls.
#if defined(__aarch64__)
#include "engine/unwind/walk_start_aarch64.h"
#else
#include "engine/unwind/walk_start_x86_64.h"
#endif
