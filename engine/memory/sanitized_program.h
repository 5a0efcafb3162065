// Whether the program is built with a sanitizer that this copy of heapreel is not built with.
#pragma once

#include "engine/memory/arena_address.h"

extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] void __msan_init();
}

namespace heapreel::engine {

// The shadow memory of such a program lies where the arena would have to be, and ThreadSanitizer ends a program that
// maps anything there.
inline bool program_is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HEAPREEL_HAS_FEATURE(address_sanitizer) || \
    HEAPREEL_HAS_FEATURE(thread_sanitizer) || HEAPREEL_HAS_FEATURE(memory_sanitizer)
  return false;  // the arena has a place of its own in such a build
#else
  return __asan_init != nullptr || __tsan_init != nullptr || __msan_init != nullptr;
#endif
}

}  // namespace heapreel::engine
