/* Reporting to heapreel without linking to it: for libraries, and for games that are traced under `heapreel run`.
 *
 *     #include <heapreel/heapreel_weak.h>
 *
 *     void* pool_alloc(size_t n) {
 *       void* p = take_from_pool(n);
 *       if (heapreel_alloc) heapreel_alloc(pool_domain, p, n);
 *       return p;
 *     }
 *
 * Every function of heapreel_c.h is declared weak: its address is null when the program has no heapreel in it.
 * heapreel_present() says whether heapreel is there. Three functions have to be asked for one by one, because a program
 * that is merely preloaded has none of them: heapreel_start_reel, heapreel_stop_reel and heapreel_exit_status.
 *
 * Two things to know. Weak references pull nothing out of a static library: a program that links libheapreel statically
 * must include heapreel_c.h in at least one source. And the linker must leave the weak functions to be found when the
 * program starts. GNU ld does. mold (tried: 1.10, also with `-z dynamic-undefined-weak`) makes the weak functions of an
 * executable null for good, even when heapreel is preloaded: link such a program with `-fuse-ld=bfd`.
 */
#ifndef HEAPREEL_HEAPREEL_WEAK_H
#define HEAPREEL_HEAPREEL_WEAK_H

#ifdef HEAPREEL_HEAPREEL_C_H
#error "include heapreel_weak.h before, or instead of, heapreel_c.h"
#endif
#define HEAPREEL_LINKAGE __attribute__((weak, visibility("default")))
#include <heapreel/heapreel_c.h>

static inline int heapreel_present(void) {
  return heapreel_start ? 1 : 0;
}

#endif
