// The real allocator under the hooks. Either backend_mimalloc.cc or backend_system.cc is linked, and every call is a
// direct one. A back end fails by returning null; the hook sets errno (but see prepare). It reports nothing to the
// tracer, except in `reallocate`, where only the back end knows in which order things happen.
//
// These are in the back end's own header, so that they can be inlined:
//   void* allocate(size_t n) noexcept;         n >= kGranule; aligned to kGranule
//   void* allocate_zeroed(size_t n) noexcept;  the same
//   void release(void* p) noexcept;            p may be null
//   void expect_next(const void* p) noexcept;  allocate() has just returned p: prefetches what its next call reads
#pragma once

#include <cstddef>

#include "engine/unwind/walk_start.h"
#include HEAPREEL_BACKEND  // backend_mimalloc.h or backend_system.h: meson's choice, with the .cc of that name

namespace heapreel::hooks::backend {

// The block map has one entry per 16 bytes: two blocks must never share a granule.
inline constexpr size_t kGranule = 16;

// What to ask the back end for when the program asked for n bytes.
inline size_t at_least_granule(size_t n) {
  return n < kGranule ? kGranule : n;
}

// From now on allocate and allocate_zeroed set errno when they fail.
void prepare() noexcept;

// alignment is a power of two >= kGranule, n >= kGranule.
void* allocate_aligned(size_t alignment, size_t n) noexcept;

// Bytes the program may use at p; p != null.
size_t usable_size(void* p) noexcept;

// realloc(p, n) for p != null with the C library's meaning, errno included; n == 0 releases p and returns
// null. Records the event when `walk` is not null.
void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept;

// To be called before the C library's symbols are made to lead to the hooks. A back end that needs the C library's own
// functions looks them up now. False when another allocator stands in between, which may still look them up itself.
bool may_hide_c_library() noexcept;

// Calls visit(block, bytes, context) for every block that the calling thread's heap holds, until it returns 0. False
// where the allocator has no way to tell. Nothing may be allocated or freed meanwhile.
bool walk_heap(int (*visit)(void* block, size_t bytes, void* context), void* context) noexcept;

}  // namespace heapreel::hooks::backend
