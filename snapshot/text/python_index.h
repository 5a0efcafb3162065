// Python's rules for indices and slices of a sequence.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>

namespace heapreel {

// Position of `index`, where a negative one counts from the end. Throws std::out_of_range(message).
inline size_t python_index(ptrdiff_t index, size_t size, const char* message) {
  const auto length = static_cast<ptrdiff_t>(size);
  if (index < 0) index += length;
  if (index < 0 || index >= length) throw std::out_of_range(message);
  return static_cast<size_t>(index);
}

struct SliceBounds {
  size_t first, last;  // half open; first <= last <= size
};

// The part that [start:stop] names; bounds are clipped, negative ones count from the end.
inline SliceBounds python_slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop, size_t size) {
  const auto length = static_cast<ptrdiff_t>(size);
  const auto clip = [length](ptrdiff_t bound) {
    return std::clamp<ptrdiff_t>(bound < 0 ? bound + length : bound, 0, length);
  };
  const ptrdiff_t first = clip(start.value_or(0));
  const ptrdiff_t last = stop ? clip(*stop) : length;
  return {static_cast<size_t>(first), static_cast<size_t>(std::max(first, last))};
}

}  // namespace heapreel
