// A program that defines malloc itself. VISIBILITY is empty or hides it; with HANDS_ON it calls the next malloc, else it
// allocates from a pool of its own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef HANDS_ON
static void* (*next_malloc)(size_t);
static void (*next_free)(void*);

VISIBILITY void* malloc(size_t n) {
  if (next_malloc == NULL) *(void**)&next_malloc = dlsym(RTLD_NEXT, "malloc");
  return next_malloc(n);
}
VISIBILITY void free(void* p) {
  if (next_free == NULL) *(void**)&next_free = dlsym(RTLD_NEXT, "free");
  next_free(p);
}
#else
static _Alignas(16) char pool[1 << 20];
static size_t used;

VISIBILITY void* malloc(size_t n) {
  void* p = pool + used;
  used += (n + 15) & ~(size_t)15;
  if (used > sizeof pool) abort();
  return p;
}
VISIBILITY void free(void* p) {
  (void)p;
}
#endif

int main(void) {
  void* volatile block = NULL;
  for (int i = 0; i < 10; ++i) {
    block = malloc(100);
    *(char*)block = 1;
    free(block);
  }
  return write(1, "done\n", 5) == 5 ? 0 : 1;
}
