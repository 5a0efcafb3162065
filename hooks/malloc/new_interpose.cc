// The eight replaceable forms of operator new. Each is one event with the requested size; the C++ runtime's versions
// would call malloc and count twice.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/base/export.h"
#include "hooks/base/tail_call.h"
#include "hooks/malloc/cxx_runtime.h"
#include "hooks/process/start.h"

using heapreel::engine::idle;
using heapreel::engine::record_alloc;
using heapreel::engine::tracing;
using heapreel::hooks::ask_cxx_runtime;
using heapreel::hooks::ensure_start_decided;
using std::align_val_t;
using std::nothrow_t;
namespace backend = heapreel::hooks::backend;

namespace {

void* allocate(size_t n) {
  return backend::allocate(backend::at_least_granule(n));
}

// Returns null for an alignment that is not a power of two: the C++ runtime then answers as it does when memory is
// used up.
void* allocate(size_t n, align_val_t alignment) {
  const size_t power = static_cast<size_t>(alignment);
  if (!std::has_single_bit(power) || n > PTRDIFF_MAX || power > PTRDIFF_MAX - n) [[unlikely]]
    return nullptr;
  if (power <= backend::kGranule) return allocate(n);
  return backend::allocate_aligned(power, backend::at_least_granule(n));
}

void* allocate(size_t n, const nothrow_t&) {
  return allocate(n);
}
void* allocate(size_t n, align_val_t alignment, const nothrow_t&) {
  return allocate(n, alignment);
}

// The C++ runtime's functions of the same forms.
constexpr char kNew[] = "_Znwm";
constexpr char kNewArray[] = "_Znam";
constexpr char kNewNothrow[] = "_ZnwmRKSt9nothrow_t";
constexpr char kNewArrayNothrow[] = "_ZnamRKSt9nothrow_t";
constexpr char kNewAligned[] = "_ZnwmSt11align_val_t";
constexpr char kNewArrayAligned[] = "_ZnamSt11align_val_t";
constexpr char kNewAlignedNothrow[] = "_ZnwmSt11align_val_tRKSt9nothrow_t";
constexpr char kNewArrayAlignedNothrow[] = "_ZnamSt11align_val_tRKSt9nothrow_t";

// The hooks when they are not idle, as in malloc_interpose.cc.
template <const char* kInRuntime, class... Rest>
[[gnu::noinline]] void* new_traced(size_t n, Rest... rest) {
  ensure_start_decided();
  void* const p = allocate(n, rest...);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime<size_t, Rest...>(kInRuntime, n, rest...);
  backend::expect_next(p);
  if (tracing()) [[likely]]
    record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

template <const char* kInRuntime, class... Rest>
[[gnu::always_inline]] inline void* new_idle(size_t n, Rest... rest) {
  void* const p = allocate(n, rest...);
  if (p == nullptr) [[unlikely]]
    return ask_cxx_runtime<size_t, Rest...>(kInRuntime, n, rest...);
  return p;
}

}  // namespace

HEAPREEL_EXPORT void* operator new(size_t n) {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNew>(n);
  return new_idle<kNew>(n);
}

HEAPREEL_EXPORT void* operator new[](size_t n) {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewArray>(n);
  return new_idle<kNewArray>(n);
}

HEAPREEL_EXPORT void* operator new(size_t n, const nothrow_t& tag) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewNothrow, const nothrow_t&>(n, tag);
  return new_idle<kNewNothrow, const nothrow_t&>(n, tag);
}

HEAPREEL_EXPORT void* operator new[](size_t n, const nothrow_t& tag) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewArrayNothrow, const nothrow_t&>(n, tag);
  return new_idle<kNewArrayNothrow, const nothrow_t&>(n, tag);
}

HEAPREEL_EXPORT void* operator new(size_t n, align_val_t alignment) {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewAligned, align_val_t>(n, alignment);
  return new_idle<kNewAligned, align_val_t>(n, alignment);
}

HEAPREEL_EXPORT void* operator new[](size_t n, align_val_t alignment) {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewArrayAligned, align_val_t>(n, alignment);
  return new_idle<kNewArrayAligned, align_val_t>(n, alignment);
}

HEAPREEL_EXPORT void* operator new(size_t n, align_val_t alignment, const nothrow_t& tag) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewAlignedNothrow, align_val_t, const nothrow_t&>(n, alignment, tag);
  return new_idle<kNewAlignedNothrow, align_val_t, const nothrow_t&>(n, alignment, tag);
}

HEAPREEL_EXPORT void* operator new[](size_t n, align_val_t alignment, const nothrow_t& tag) noexcept {
  if (!idle()) [[unlikely]]
    HEAPREEL_TAIL_CALL new_traced<kNewArrayAlignedNothrow, align_val_t, const nothrow_t&>(n, alignment, tag);
  return new_idle<kNewArrayAlignedNothrow, align_val_t, const nothrow_t&>(n, alignment, tag);
}
