// x86_64: the hook's frame record lies just below what the caller's rsp will be.
#pragma once

#define HEAPREEL_WALK_START()                                                                  \
  (::heapreel::engine::WalkStart{reinterpret_cast<uintptr_t>(__builtin_return_address(0)),     \
                                 reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) + 16, \
                                 *static_cast<const uintptr_t*>(__builtin_frame_address(0))})
