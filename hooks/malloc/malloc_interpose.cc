// malloc and its C relatives. The real allocator is called first and the block recorded after; with tracing
// off a hook adds one load of a read-mostly word and one branch.
#include <cerrno>
#include <cstddef>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/base/export.h"
#include "hooks/base/tail_call.h"
#include "hooks/malloc/release.h"
#include "hooks/process/limit_interpose.h"
#include "hooks/process/start.h"

using heapreel::engine::idle;
using heapreel::engine::record_alloc;
using heapreel::engine::tracing;
using heapreel::engine::WalkStart;
using heapreel::hooks::ensure_start_decided;
using heapreel::hooks::make_room_for_allocation;
using heapreel::hooks::release_block;
namespace backend = heapreel::hooks::backend;

namespace {

[[gnu::cold, gnu::noinline]] void* out_of_memory() {
  errno = ENOMEM;
  return nullptr;
}

// Called when the allocator has no memory. The program's limit of address space may have been lowered without any hook
// seeing it, so the tracer gives back the address space that it does not need, and the allocator is asked once more. A
// hook jumps here, so that the caller is still the program.
[[gnu::cold, gnu::noinline]] void* malloc_again(size_t n) noexcept {
  void* const p = make_room_for_allocation() ? backend::allocate(backend::at_least_granule(n)) : nullptr;
  if (p == nullptr) return out_of_memory();
  if (tracing()) record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

[[gnu::cold, gnu::noinline]] void* calloc_again(size_t n) noexcept {
  void* const p = make_room_for_allocation() ? backend::allocate_zeroed(backend::at_least_granule(n)) : nullptr;
  if (p == nullptr) return out_of_memory();
  if (tracing()) record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

// What realloc and reallocarray have in common; `walk` is null when nothing is to be recorded.
[[gnu::always_inline]] inline void* change_size(void* p, size_t n, const WalkStart* walk) {
  if (p != nullptr) return backend::reallocate(p, n, walk);
  void* const q = backend::allocate(backend::at_least_granule(n));
  if (q == nullptr) [[unlikely]]
    return out_of_memory();
  if (walk != nullptr) record_alloc(0, q, n, *walk);
  return q;
}

// The hooks when they are not idle. The exported functions end in a jump to them, so that they have the same caller.

[[gnu::noinline]] void* malloc_traced(size_t n) noexcept {
  ensure_start_decided();
  void* const p = backend::allocate(backend::at_least_granule(n));
  if (p == nullptr) [[unlikely]]
    HEAPREEL_TAIL_CALL malloc_again(n);
  backend::expect_next(p);
  if (tracing()) [[likely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

[[gnu::noinline]] void* calloc_traced(size_t count, size_t size) noexcept {
  ensure_start_decided();
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  void* const p = backend::allocate_zeroed(backend::at_least_granule(n));
  if (p == nullptr) [[unlikely]]
    return calloc_again(n);
  if (tracing()) [[likely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

[[gnu::always_inline]] inline void* change_size_traced(void* p, size_t n, const WalkStart& walk) {
  void* q = change_size(p, n, tracing() ? &walk : nullptr);
  if (q == nullptr && n != 0 && make_room_for_allocation()) [[unlikely]]
    q = change_size(p, n, tracing() ? &walk : nullptr);
  return q;
}

[[gnu::noinline]] void* realloc_traced(void* p, size_t n) noexcept {
  ensure_start_decided();
  return change_size_traced(p, n, HEAPREEL_WALK_START());
}

[[gnu::noinline]] void* reallocarray_traced(void* p, size_t count, size_t size) noexcept {
  ensure_start_decided();
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  return change_size_traced(p, n, HEAPREEL_WALK_START());
}

}  // namespace

extern "C" {

HEAPREEL_EXPORT void* malloc(size_t n) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL malloc_traced(n);
  return backend::allocate(backend::at_least_granule(n));
}

HEAPREEL_EXPORT void* calloc(size_t count, size_t size) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL calloc_traced(count, size);
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  return backend::allocate_zeroed(backend::at_least_granule(n));
}

HEAPREEL_EXPORT void* realloc(void* p, size_t n) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL realloc_traced(p, n);
  return change_size(p, n, nullptr);
}

HEAPREEL_EXPORT void* reallocarray(void* p, size_t count, size_t size) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL reallocarray_traced(p, count, size);
  size_t n;
  if (__builtin_mul_overflow(count, size, &n)) [[unlikely]]
    return out_of_memory();
  return change_size(p, n, nullptr);
}

HEAPREEL_EXPORT void free(void* p) noexcept {
  release_block(p);
}

// Gone from the C library since 2.26; old binaries still ask for it.
HEAPREEL_EXPORT void cfree(void* p) noexcept {
  release_block(p);
}

// C23. The sizes are what the caller says; the real allocator knows better.
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
