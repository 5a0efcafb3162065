// The twelve replaceable forms of operator delete.
#include <cstddef>
#include <new>

#include "hooks/base/export.h"
#include "hooks/malloc/release.h"

using heapreel::hooks::release_block;
using std::align_val_t;
using std::nothrow_t;

HEAPREEL_EXPORT void operator delete(void* p) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete(void* p, const nothrow_t&) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p, const nothrow_t&) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete(void* p, size_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p, size_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete(void* p, align_val_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p, align_val_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete(void* p, align_val_t, const nothrow_t&) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p, align_val_t, const nothrow_t&) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete(void* p, size_t, align_val_t) noexcept {
  release_block(p);
}
HEAPREEL_EXPORT void operator delete[](void* p, size_t, align_val_t) noexcept {
  release_block(p);
}
