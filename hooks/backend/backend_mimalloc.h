// mimalloc's part of hooks/backend/backend.h: what is called at every allocation goes straight to it.
#pragma once

#include <mimalloc.h>

#include <cstddef>
#include <cstdint>

namespace heapreel::hooks::backend {

// mimalloc places its segments by address hints in [2 TiB, 30 TiB), where neither the kernel nor the program
// break puts anything unasked. What lies outside is null, a huge block, or none of mimalloc's: worth a closer look.
inline bool may_be_foreign(const void* p) {
  constexpr int kUnitBits = 41;  // 2 TiB
  constexpr uintptr_t kFirstUnit = 1;
  constexpr uintptr_t kEndUnit = 15;
  return (reinterpret_cast<uintptr_t>(p) >> kUnitBits) - kFirstUnit >= kEndUnit - kFirstUnit;
}

[[gnu::cold, gnu::noinline]] void release_odd(void* p) noexcept;

inline void* allocate(size_t n) noexcept {
  return mi_malloc(n);
}

inline void* allocate_zeroed(size_t n) noexcept {
  return mi_zalloc(n);
}

// hot: 6 insn, 1 branch
inline void release(void* p) noexcept {
  if (may_be_foreign(p)) [[unlikely]]
    return release_odd(p);
  mi_free(p);
}

}  // namespace heapreel::hooks::backend
