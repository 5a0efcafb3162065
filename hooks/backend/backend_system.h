// The system allocator's part of hooks/backend/backend.h. The functions of the next allocator have to be found before
// they can be called.
#pragma once

#include <cstddef>

namespace heapreel::hooks::backend {

inline constexpr bool kKeepsAllocator = true;  // whether the program keeps its own allocator

void* allocate(size_t n) noexcept;
void* allocate_zeroed(size_t n) noexcept;
void release(void* p) noexcept;

// Nothing is known of how its free blocks are linked.
inline void expect_next(const void*) noexcept {}

}  // namespace heapreel::hooks::backend
