// Constructs objects in memory that is zero already.
#pragma once

#include <new>

namespace heapreel::engine {

// Constructs a T in `place`, which is zeroed, and returns it; null where `place` is null.
template <class T, class... Args>
T* make_in(void* place, Args&&... args) {
  if (place == nullptr) return nullptr;
  if constexpr (sizeof...(Args) == 0) {
    return new (place) T;  // not T(): that would write zeros over zeros
  } else {
    return new (place) T(static_cast<Args&&>(args)...);
  }
}

}  // namespace heapreel::engine
