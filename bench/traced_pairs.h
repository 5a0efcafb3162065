// Alloc/free pairs over mimalloc as the hooks record them, from a stack of a chosen depth.
#pragma once

#include <mimalloc.h>

#include "engine/record/recorder.h"
#include "hooks/backend/backend_mimalloc.h"

namespace heapreel::bench {

inline constexpr int kStackDepth = 30;

// Calls `work` from `levels` frames further down.
template <class Work>
[[gnu::noinline]] void at_depth(int levels, Work&& work) {
  if (levels == 0) {
    work();
  } else {
    at_depth(levels - 1, work);
  }
  asm volatile("" ::: "memory");  // no tail call
}

// What a hook does: the walk starts from its own frame.
[[gnu::noinline]] inline void* traced_malloc(size_t n) {
  void* p = mi_malloc(n);
  hooks::backend::expect_next(p);
  if (engine::tracing()) [[likely]]
    engine::record_alloc(0, p, n, HEAPREEL_WALK_START());
  return p;
}

[[gnu::noinline]] inline void traced_free(void* p) {
  if (engine::tracing()) [[likely]]
    engine::record_free(0, p);
  mi_free(p);
}

[[gnu::noinline]] inline void traced_pairs(int pairs) {
  for (int i = 0; i < pairs; ++i) traced_free(traced_malloc(64));
}

}  // namespace heapreel::bench
