// The system allocator's part of hooks/backend/backend.h. The functions of the next allocator have to be found before
// they can be called.
#pragma once

#include <cstddef>

namespace heapreel::hooks::backend {

inline constexpr bool kKeepsAllocator = true;  // the program's own

void* allocate(size_t n) noexcept;
void* allocate_zeroed(size_t n) noexcept;
void release(void* p) noexcept;

// How its free blocks hang together is its own affair.
inline void expect_next(const void*) noexcept {}

}  // namespace heapreel::hooks::backend
