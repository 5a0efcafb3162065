// The C library's own allocation functions, behind the interposed ones, to compare with.
#pragma once

#include <cstddef>

namespace heapreel::testing {

struct AllocationFunctions {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*reallocarray)(void*, size_t, size_t);
  void (*free)(void*);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  void* (*memalign)(size_t, size_t);
  void* (*valloc)(size_t);
  void* (*pvalloc)(size_t);
  size_t (*malloc_usable_size)(void*);
};

const AllocationFunctions& glibc();
const AllocationFunctions& interposed();

}  // namespace heapreel::testing
