// malloc and its C relatives. The real allocator is called first and the block recorded after; with tracing
// off a hook adds two loads of read-mostly words and two branches.
#include <cerrno>
#include <cstddef>

#include "engine/recorder.h"
#include "hooks/backend.h"
#include "hooks/export.h"
#include "hooks/release.h"
#include "hooks/start.h"

using heapreel::engine::record_alloc;
using heapreel::engine::tracing;
using heapreel::hooks::ensure_start_decided;
using heapreel::hooks::release_block;
namespace backend = heapreel::hooks::backend;

namespace {

[[gnu::cold, gnu::noinline]] void* out_of_memory() {
  errno = ENOMEM;
  return nullptr;
}

// realloc and reallocarray from here on. Always inlined: `walk` names the frame of the hook itself.
[[gnu::always_inline]] inline void* change_size(void* p, size_t n, const heapreel::engine::WalkStart& walk) {
  if (p != nullptr) return backend::reallocate(p, n, tracing() ? &walk : nullptr);
  void* const q = backend::allocate(backend::at_least_granule(n));
  if (q == nullptr) [[unlikely]]
    return out_of_memory();
  if (tracing()) [[unlikely]]
    record_alloc(0, q, n, walk);
  return q;
}

}  // namespace

extern "C" {

HEAPREEL_EXPORT void* malloc(size_t n) noexcept {
  ensure_start_decided();
  void* const p = backend::allocate(backend::at_least_granule(n));
  if (p == nullptr) [[unlikely]]
    return out_of_memory();
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* calloc(size_t count, size_t size) noexcept {
  ensure_start_decided();
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  void* const p = backend::allocate_zeroed(backend::at_least_granule(n));
  if (p == nullptr) [[unlikely]]
    return out_of_memory();
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* realloc(void* p, size_t n) noexcept {
  ensure_start_decided();
  return change_size(p, n, HEAPREEL_WALK_START());
}

HEAPREEL_EXPORT void* reallocarray(void* p, size_t count, size_t size) noexcept {
  ensure_start_decided();
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  return change_size(p, n, HEAPREEL_WALK_START());
}

HEAPREEL_EXPORT void free(void* p) noexcept {
  release_block(p);
}

// Gone from the C library since 2.26; old binaries still ask for it.
HEAPREEL_EXPORT void cfree(void* p) noexcept {
  release_block(p);
}

// C23. The sizes are the caller's claim: the real allocator knows better.
HEAPREEL_EXPORT void free_sized(void* p, size_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void free_aligned_sized(void* p, size_t, size_t) noexcept {
  release_block(p);
}

HEAPREEL_EXPORT size_t malloc_usable_size(void* p) noexcept {
  return p != nullptr ? backend::usable_size(p) : 0;
}

}  // extern "C"
