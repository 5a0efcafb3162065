// The definition of a function after ours in the loader's search order.
#pragma once

#include <dlfcn.h>

#include <atomic>

namespace heapreel::hooks {

// Found at the first call; null when there is none. Threads that race to find it store the same value.
template <class Function>
Function* next_definition(std::atomic<Function*>& cache, const char* name) {
  // relaxed: the pointer is all that is shared
  Function* next = cache.load(std::memory_order_relaxed);
  if (next == nullptr) {
    next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    // relaxed: as above
    cache.store(next, std::memory_order_relaxed);
  }
  return next;
}

}  // namespace heapreel::hooks
