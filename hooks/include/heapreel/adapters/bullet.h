// Bullet: its aligned memory as the domain "Bullet". C++ only. Some objects Bullet makes by plain new: they are in
// domain 0.
//
//     #include <LinearMath/btAlignedAllocator.h>
//     #include <heapreel/adapters/bullet.h>
//
//     heapreel_bullet_install();      // before any object of Bullet is made
#ifndef HEAPREEL_ADAPTERS_BULLET_H
#define HEAPREEL_ADAPTERS_BULLET_H

#ifndef BT_ALIGNED_ALLOCATOR
#error "include LinearMath/btAlignedAllocator.h first"
#endif

#include <stdlib.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_ADAPTER void* heapreel_bullet_plain_alloc(size_t n, int alignment) {
  void* p = nullptr;
  const size_t aligned = alignment > int(sizeof(void*)) ? size_t(alignment) : sizeof(void*);
  return posix_memalign(&p, aligned, n) == 0 ? p : nullptr;
}
HEAPREEL_ADAPTER void heapreel_bullet_plain_free(void* p) {
  free(p);
}

// The functions that the adapter hands each call on to.
HEAPREEL_ADAPTER btAlignedAllocFunc* heapreel_bullet_inner_alloc = heapreel_bullet_plain_alloc;
HEAPREEL_ADAPTER btAlignedFreeFunc* heapreel_bullet_inner_free = heapreel_bullet_plain_free;

HEAPREEL_DOMAIN(heapreel_bullet_domain, "Bullet");

HEAPREEL_ADAPTER void* heapreel_bullet_alloc(size_t n, int alignment) {
  void* p = heapreel_bullet_inner_alloc(n, alignment);
  if (p != nullptr) HEAPREEL_ALLOC(heapreel_bullet_domain, p, n);
  return p;
}
HEAPREEL_ADAPTER void heapreel_bullet_free(void* p) {
  if (p != nullptr) HEAPREEL_FREE(heapreel_bullet_domain, p);
  heapreel_bullet_inner_free(p);
}

// Gives Bullet an allocator that reports and hands on to these two, or to malloc's memory. Bullet cannot be asked for
// the allocator that it has: give the program's own here instead of to btAlignedAllocSetCustomAligned(). Call it before
// any object of Bullet is made, on one thread.
HEAPREEL_ADAPTER void heapreel_bullet_install(btAlignedAllocFunc* alloc_of = heapreel_bullet_plain_alloc,
                                              btAlignedFreeFunc* free_of = heapreel_bullet_plain_free) {
  heapreel_bullet_inner_alloc = alloc_of;
  heapreel_bullet_inner_free = free_of;
  btAlignedAllocSetCustomAligned(heapreel_bullet_alloc, heapreel_bullet_free);
}

#endif
