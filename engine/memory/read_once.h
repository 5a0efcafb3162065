// Reading what another process may change at any moment.
#pragma once

#include <type_traits>

namespace heapreel::engine {

// Reads a plain field of shared memory by one load, so that the value which was checked is the value that is used.
template <class T>
requires(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(void*)) T read_once(const T& place) {
  return *const_cast<const volatile T*>(&place);
}

}  // namespace heapreel::engine
