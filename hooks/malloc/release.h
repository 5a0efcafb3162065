// Gives a block back: one function for free and every operator delete, none of which needs a stack. They need not
// decide whether to trace, because what is freed before the first allocation is untracked anyway.
#pragma once

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"

namespace heapreel::hooks {

// Records before the real free, because another thread may get p afterwards.
[[gnu::noinline]] void release_traced(void* p) noexcept;

inline void release_block(void* p) noexcept {
  if (!engine::idle()) [[unlikely]]
    return release_traced(p);
  backend::release(p);
}

}  // namespace heapreel::hooks
