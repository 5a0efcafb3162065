// The aligned allocation functions of C, with the rules of glibc 2.36: memalign and aligned_alloc are one
// function there, which rounds an odd alignment up; posix_memalign refuses it.
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/base/export.h"
#include "hooks/process/limit_interpose.h"
#include "hooks/process/start.h"

using heapreel::engine::record_alloc;
using heapreel::engine::tracing;
using heapreel::hooks::ensure_start_decided;
using heapreel::hooks::make_room_for_allocation;
namespace backend = heapreel::hooks::backend;

namespace {

constexpr size_t kLargestAlignment = SIZE_MAX / 2 + 1;

// Returns null and sets errno when `alignment` or n is too large; otherwise n bytes at the next power of two.
void* allocate_rounding_alignment(size_t alignment, size_t n) {
  if (alignment > kLargestAlignment) [[unlikely]] {
    errno = EINVAL;
    return nullptr;
  }
  const size_t power = alignment <= backend::kGranule ? backend::kGranule : std::bit_ceil(alignment);
  if (n > PTRDIFF_MAX || power > static_cast<size_t>(PTRDIFF_MAX) - n) [[unlikely]] {
    errno = ENOMEM;
    return nullptr;
  }
  void* p = backend::allocate_aligned(power, backend::at_least_granule(n));
  if (p == nullptr && make_room_for_allocation()) [[unlikely]]
    p = backend::allocate_aligned(power, backend::at_least_granule(n));
  if (p == nullptr) [[unlikely]]
    errno = ENOMEM;
  return p;
}

size_t page_size() {
  return static_cast<size_t>(getpagesize());
}

}  // namespace

extern "C" {

HEAPREEL_EXPORT int posix_memalign(void** out, size_t alignment, size_t n) noexcept {
  ensure_start_decided();
  if (alignment % sizeof(void*) != 0 || !std::has_single_bit(alignment)) return EINVAL;
  void* const p = allocate_rounding_alignment(alignment, n);
  if (p == nullptr) [[unlikely]]
    return ENOMEM;
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  *out = p;
  return 0;
}

HEAPREEL_EXPORT void* memalign(size_t alignment, size_t n) noexcept {
  ensure_start_decided();
  void* const p = allocate_rounding_alignment(alignment, n);
  if (p != nullptr && tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* aligned_alloc(size_t alignment, size_t n) noexcept {
  ensure_start_decided();
  void* const p = allocate_rounding_alignment(alignment, n);
  if (p != nullptr && tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* valloc(size_t n) noexcept {
  ensure_start_decided();
  void* const p = allocate_rounding_alignment(page_size(), n);
  if (p != nullptr && tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

// Like valloc, but the block consists of whole pages. The requested size is recorded.
HEAPREEL_EXPORT void* pvalloc(size_t n) noexcept {
  ensure_start_decided();
  const size_t page = page_size();
  size_t with_slack;
  if (__builtin_add_overflow(n, page - 1, &with_slack)) [[unlikely]] {
    errno = ENOMEM;
    return nullptr;
  }
  void* const p = allocate_rounding_alignment(page, with_slack & ~(page - 1));
  if (p != nullptr && tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

}  // extern "C"
