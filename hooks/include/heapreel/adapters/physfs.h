/* PhysicsFS: its memory as the domain "PhysFS".
 *
 *     #include <physfs.h>
 *     #include <heapreel/adapters/physfs.h>
 *
 *     heapreel_physfs_install();      // before PHYSFS_init()
 */
#ifndef HEAPREEL_ADAPTERS_PHYSFS_H
#define HEAPREEL_ADAPTERS_PHYSFS_H

#ifndef _INCLUDE_PHYSFS_H_
#error "include physfs.h first"
#endif

#include <stdint.h>
#include <stdlib.h>

#include <heapreel/adapters/adapter.h>

HEAPREEL_DOMAIN(heapreel_physfs_domain, "PhysFS");

HEAPREEL_ADAPTER void* heapreel_physfs_malloc(PHYSFS_uint64 n) {
  void* p = n <= SIZE_MAX ? malloc((size_t)n) : NULL;
  if (p != NULL) HEAPREEL_ALLOC(heapreel_physfs_domain, p, (size_t)n);
  return p;
}
HEAPREEL_ADAPTER void* heapreel_physfs_realloc(void* p, PHYSFS_uint64 n) {
  if (n > SIZE_MAX) return NULL;
  HEAPREEL_REALLOC_BEGIN(ticket, heapreel_physfs_domain, p);
  void* q = realloc(p, (size_t)n);
  HEAPREEL_REALLOC_END(ticket, heapreel_physfs_domain, p, q, (size_t)n);
  return q;
}
HEAPREEL_ADAPTER void heapreel_physfs_free(void* p) {
  if (p != NULL) HEAPREEL_FREE(heapreel_physfs_domain, p);
  free(p);
}

/* Gives PhysFS an allocator that takes memory from malloc and reports it. Call it before PHYSFS_init(), on one thread.
 * Returns what PHYSFS_setAllocator returns: 0 when PhysFS is initialised already, in which case nothing changed. */
HEAPREEL_ADAPTER int heapreel_physfs_install(void) {
  PHYSFS_Allocator allocator = {NULL, NULL, heapreel_physfs_malloc, heapreel_physfs_realloc, heapreel_physfs_free};
  return PHYSFS_setAllocator(&allocator);
}

#endif
