#include "hooks/malloc/release.h"

namespace heapreel::hooks {

void release_traced(void* p) noexcept {
  if (p == nullptr) return;
  if (engine::tracing()) engine::record_free(0, p);
  backend::release(p);
}

}  // namespace heapreel::hooks
