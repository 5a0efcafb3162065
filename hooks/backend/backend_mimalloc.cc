// The default back end: mimalloc, which the preload library brings along as a dependency.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/backend/foreign_block.h"
#include "hooks/backend/mimalloc_layout.h"

namespace heapreel::hooks::backend {

// mimalloc calls this function for every failure, and does nothing more about it in a release build.
void prepare() noexcept {
  find_mimalloc();
  describe_mimalloc();
  foreign_block::remember_program_break();
  mimalloc_register_error(
      [](int error, void*) {
        if (error == ENOMEM || error == EOVERFLOW) errno = ENOMEM;
      },
      nullptr);
}

void* allocate_aligned(size_t alignment, size_t n) noexcept {
  // Not mi_malloc_aligned: 2.0.9 assumes that blocks whose small size is a power of two are aligned anyway, which is
  // not true on every page. When an offset is given, it checks.
  void* const p = mimalloc_malloc_aligned_at(n, alignment, 0);
  if (p != nullptr && engine::tracing()) engine::expect_aligned_block(p);
  return p;
}

void release_odd(void* p) noexcept {
  if (p == nullptr) return;
  if (foreign_block::contains(p)) return foreign_block::release(p);
  mimalloc_free(p);
}

size_t usable_size(void* p) noexcept {
  if (may_be_foreign(p) && foreign_block::contains(p)) [[unlikely]]
    return foreign_block::usable_size(p);
  return mimalloc_usable_size(p);
}

void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  if (may_be_foreign(p) && foreign_block::contains(p)) [[unlikely]] {
    return foreign_block::reallocate(p, n, walk);
  }
  if (n == 0) {
    if (walk != nullptr) engine::record_free(0, p);
    mimalloc_free(p);
    return nullptr;
  }
  const size_t usable = mimalloc_usable_size(p);
  const size_t wanted = at_least_granule(n);
  // The block stays where it is while at most half of it would be wasted, as with mi_realloc.
  const bool fits = wanted <= usable && wanted >= usable / 2 && mimalloc_expand(p, wanted) != nullptr;
  void* const q = fits ? p : mimalloc_malloc(wanted);
  if (q == nullptr || q == p) {
    if (q == nullptr && wanted > usable) {
      errno = ENOMEM;
      return nullptr;
    }
    if (walk != nullptr) engine::record_move(0, p, p, n, *walk);  // in place; shrinking cannot fail
    return p;
  }
  std::memcpy(q, p, std::min(usable, n));
  // Recorded before p is given back, because another thread may then get p.
  if (walk != nullptr) engine::record_move(0, p, q, n, *walk);
  mimalloc_free(p);
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
  // The function that returns the calling thread's heap; since version 3 it is of another type, with the same
  // functions.
  using OfThread = mi_heap_t* (*)();
  using VisitBlocks = bool (*)(const mi_heap_t*, bool, mi_block_visit_fun*, void*);
  auto of_thread = reinterpret_cast<OfThread>(in_mimalloc("mi_heap_get_default"));
  auto visit_blocks = reinterpret_cast<VisitBlocks>(in_mimalloc("mi_heap_visit_blocks"));
  if (of_thread == nullptr) {
    of_thread = reinterpret_cast<OfThread>(in_mimalloc("mi_theap_get_default"));
    visit_blocks = reinterpret_cast<VisitBlocks>(in_mimalloc("mi_theap_visit_blocks"));
  }
  if (of_thread == nullptr || visit_blocks == nullptr) return false;
  visit_blocks(
      of_thread(), true,
      [](const mi_heap_t*, const mi_heap_area_t*, void* block, size_t bytes, void* self) {
        auto* const to = static_cast<Visitor*>(self);
        // Null: this call is for an area, before those for its blocks.
        return block == nullptr || to->visit(block, bytes, to->context) != 0;
      },
      &visitor);
  return true;
}

}  // namespace heapreel::hooks::backend
