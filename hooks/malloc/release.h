// Giving a block back: one body for free and every operator delete, none of which needs a stack. Nor do they decide
// whether to trace: what is freed before the first allocation is untracked anyway.
#pragma once

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"

namespace heapreel::hooks {

// Recorded before the real free: afterwards another thread may be handed p.
[[gnu::noinline]] void release_traced(void* p) noexcept;

inline void release_block(void* p) noexcept {
  if (!engine::idle()) [[unlikely]]
    return release_traced(p);
  backend::release(p);
}

}  // namespace heapreel::hooks
