// Giving a block back: one body for free and every operator delete, none of which needs a stack.
#pragma once

#include "engine/recorder.h"
#include "hooks/backend.h"
#include "hooks/start.h"

namespace heapreel::hooks {

// Recorded before the real free: afterwards another thread may be handed p.
inline void release_block(void* p) noexcept {
  if (p == nullptr) return;
  ensure_start_decided();
  if (engine::tracing()) [[unlikely]]
    engine::record_free(0, p);
  backend::release(p);
}

}  // namespace heapreel::hooks
