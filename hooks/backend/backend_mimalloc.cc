// The default back end: mimalloc, which the preload library brings along as a dependency, so that no symbol
// has to be looked up before the first allocation.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/backend/foreign_block.h"
#include "hooks/backend/mimalloc_layout.h"

namespace heapreel::hooks::backend {

// mimalloc tells of every failure this way, and does nothing more about it in a release build.
void prepare() noexcept {
  describe_mimalloc();
  foreign_block::remember_program_break();
  mi_register_error(
      [](int error, void*) {
        if (error == ENOMEM || error == EOVERFLOW) errno = ENOMEM;
      },
      nullptr);
}

void* allocate_aligned(size_t alignment, size_t n) noexcept {
  // Not mi_malloc_aligned: in 2.0.9 it takes small sizes that are powers of two for aligned by nature, which they are
  // not on every page. With an offset given, it looks.
  void* const p = mi_malloc_aligned_at(n, alignment, 0);
  if (p != nullptr && engine::tracing()) engine::expect_aligned_block(p);
  return p;
}

void release_odd(void* p) noexcept {
  if (p == nullptr) return;
  if (foreign_block::contains(p)) return foreign_block::release(p);
  mi_free(p);
}

size_t usable_size(void* p) noexcept {
  if (may_be_foreign(p) && foreign_block::contains(p)) [[unlikely]]
    return foreign_block::usable_size(p);
  return mi_usable_size(p);
}

void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  if (may_be_foreign(p) && foreign_block::contains(p)) [[unlikely]] {
    return foreign_block::reallocate(p, n, walk);
  }
  if (n == 0) {
    if (walk != nullptr) engine::record_free(0, p);
    mi_free(p);
    return nullptr;
  }
  const size_t usable = mi_usable_size(p);
  const size_t wanted = at_least_granule(n);
  // As mi_realloc: stay while at most half of the block would be wasted.
  const bool fits = wanted <= usable && wanted >= usable / 2 && mi_expand(p, wanted) != nullptr;
  void* const q = fits ? p : mi_malloc(wanted);
  if (q == nullptr || q == p) {
    if (q == nullptr && wanted > usable) {
      errno = ENOMEM;
      return nullptr;
    }
    if (walk != nullptr) engine::record_move(0, p, p, n, *walk);  // in place; shrinking cannot fail
    return p;
  }
  std::memcpy(q, p, std::min(usable, n));
  // Moved before p is given back: from then on another thread may be handed p.
  if (walk != nullptr) engine::record_move(0, p, q, n, *walk);
  mi_free(p);
  return q;
}

bool may_hide_c_library() noexcept {
  foreign_block::find_c_library();
  return true;
}

bool walk_heap(int (*visit)(void* block, size_t bytes, void* context), void* context) noexcept {
  struct Visitor {
    int (*visit)(void*, size_t, void*);
    void* context;
  } visitor{visit, context};
  mi_heap_visit_blocks(
      mi_heap_get_default(), true,
      [](const mi_heap_t*, const mi_heap_area_t*, void* block, size_t bytes, void* self) {
        auto* const to = static_cast<Visitor*>(self);
        return block == nullptr || to->visit(block, bytes, to->context) != 0;  // null: an area, before its blocks
      },
      &visitor);
  return true;
}

}  // namespace heapreel::hooks::backend
