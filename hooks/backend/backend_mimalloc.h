// mimalloc's part of hooks/backend/backend.h: what is called at every allocation goes straight to it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hooks/backend/mimalloc_functions.h"

namespace heapreel::hooks::backend {

// mimalloc places its segments by address hints from 2 TiB on. The last hint is 30 TiB, so that the last segment lies
// behind it. Neither the kernel nor the program break puts anything below 32 TiB there unasked. What lies outside is
// null, a huge block, or none of mimalloc's: worth a closer look.
inline bool may_be_foreign(const void* p) {
  constexpr int kUnitBits = 41;  // 2 TiB
  constexpr uintptr_t kFirstUnit = 1;
  constexpr uintptr_t kEndUnit = 16;
  return (reinterpret_cast<uintptr_t>(p) >> kUnitBits) - kFirstUnit >= kEndUnit - kFirstUnit;
}

[[gnu::cold, gnu::noinline]] void release_odd(void* p) noexcept;

inline void* allocate(size_t n) noexcept {
  return mimalloc_malloc(n);
}

inline void* allocate_zeroed(size_t n) noexcept {
  return mimalloc_zalloc(n);
}

// hot: 6 insn, 1 branch
inline void release(void* p) noexcept {
  if (may_be_foreign(p)) [[unlikely]]
    return release_odd(p);
  mimalloc_free(p);
}

}  // namespace heapreel::hooks::backend
