// mimalloc's part of hooks/backend/backend.h: functions that are called at every allocation, inlined.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hooks/backend/mimalloc_functions.h"

namespace heapreel::hooks::backend {

inline constexpr bool kKeepsAllocator = false;  // whether the program keeps its own allocator

// mimalloc places its segments by address hints from 2 TiB on. The last hint is 30 TiB, so that the last segment lies
// behind that. Neither the kernel nor the program break puts anything below 32 TiB there unless asked. A pointer
// outside is null, a huge block, or not mimalloc's, and needs a closer look.
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

// Prefetches what the next call of malloc will read. The first word of a block that mimalloc has just given out is
// still the address of the free block that it gives out next, whose first word it will read. Among many live blocks
// that memory is in no cache, and with tracing too many instructions lie between two calls for the processor to look
// ahead so far by itself. When the word is no address, nothing happens: prefetching an address that cannot be read is
// no fault.
//
// hot: 2 insn
inline void expect_next(const void* p) noexcept {
  __builtin_prefetch(*static_cast<void* const*>(p), 1);
}

// hot: 6 insn, 1 branch
inline void release(void* p) noexcept {
  if (may_be_foreign(p)) [[unlikely]]
    return release_odd(p);
  mimalloc_free(p);
}

}  // namespace heapreel::hooks::backend
