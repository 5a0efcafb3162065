// The tags a thread has pushed, innermost last. The engine knows only the current one.
#pragma once

#include <cstdint>

namespace heapreel::hooks {

// Deeper pushes are counted, so that pops match, but leave the tag of the last level that fits in force.
inline constexpr uint32_t kMostTagLevels = 64;

void push_tag(uint32_t tag) noexcept;
void pop_tag() noexcept;  // without a push: does nothing
uint32_t current_tag() noexcept;

}  // namespace heapreel::hooks
