// aarch64: a frame record may lie anywhere in its frame, so that only the compiler knows the caller's sp.
#pragma once

#define HEAPREEL_WALK_START()                                                                  \
  (::heapreel::engine::WalkStart{                                                              \
      reinterpret_cast<uintptr_t>(__builtin_extract_return_addr(__builtin_return_address(0))), \
      reinterpret_cast<uintptr_t>(__builtin_dwarf_cfa()), *static_cast<const uintptr_t*>(__builtin_frame_address(0))})
