// The system allocator's part of hooks/backend/backend.h: it has to be found first.
#pragma once

#include <cstddef>

namespace heapreel::hooks::backend {

void* allocate(size_t n) noexcept;
void* allocate_zeroed(size_t n) noexcept;
void release(void* p) noexcept;

}  // namespace heapreel::hooks::backend
