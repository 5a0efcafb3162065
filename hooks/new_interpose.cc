// The eight replaceable forms of operator new. Each is one event with the size asked for; the C++ runtime's
// versions would call malloc and count twice.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/recorder.h"
#include "hooks/backend.h"
#include "hooks/cxx_runtime.h"
#include "hooks/export.h"
#include "hooks/start.h"

using heapreel::engine::record_alloc;
using heapreel::engine::tracing;
using heapreel::hooks::ask_cxx_runtime;
using heapreel::hooks::ensure_start_decided;
namespace backend = heapreel::hooks::backend;

namespace {

void* allocate(size_t n) {
  ensure_start_decided();
  return backend::allocate(backend::at_least_granule(n));
}

// Null for an alignment that is no power of two: the runtime then answers it as it answers a lack of memory.
void* allocate(size_t n, std::align_val_t alignment) {
  ensure_start_decided();
  const size_t power = static_cast<size_t>(alignment);
  if (!std::has_single_bit(power) || n > PTRDIFF_MAX || power > PTRDIFF_MAX - n) [[unlikely]]
    return nullptr;
  if (power <= backend::kGranule) return backend::allocate(backend::at_least_granule(n));
  return backend::allocate_aligned(power, backend::at_least_granule(n));
}

}  // namespace

HEAPREEL_EXPORT void* operator new(size_t n) {
  void* const p = allocate(n);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_Znwm", n);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new[](size_t n) {
  void* const p = allocate(n);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_Znam", n);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new(size_t n, const std::nothrow_t& tag) noexcept {
  void* const p = allocate(n);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_ZnwmRKSt9nothrow_t", n, &tag);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new[](size_t n, const std::nothrow_t& tag) noexcept {
  void* const p = allocate(n);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_ZnamRKSt9nothrow_t", n, &tag);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new(size_t n, std::align_val_t alignment) {
  void* const p = allocate(n, alignment);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_ZnwmSt11align_val_t", n, alignment);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new[](size_t n, std::align_val_t alignment) {
  void* const p = allocate(n, alignment);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime("_ZnamSt11align_val_t", n, alignment);
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new(size_t n, std::align_val_t alignment, const std::nothrow_t& tag) noexcept {
  void* const p = allocate(n, alignment);
  if (p == nullptr) [[unlikely]] {
    return ask_cxx_runtime("_ZnwmSt11align_val_tRKSt9nothrow_t", n, alignment, &tag);
  }
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT void* operator new[](size_t n, std::align_val_t alignment, const std::nothrow_t& tag) noexcept {
  void* const p = allocate(n, alignment);
  if (p == nullptr) [[unlikely]] {
    return ask_cxx_runtime("_ZnamSt11align_val_tRKSt9nothrow_t", n, alignment, &tag);
  }
  if (tracing()) [[unlikely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}
