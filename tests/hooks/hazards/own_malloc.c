// A program with its own malloc, whose free takes no other's blocks. What the C library allocates for it
// (strdup) must come from its pool: an interposed strdup would break it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(16) char pool[1 << 22];
static size_t used;

static int in_pool(const void* p) {
  return (const char*)p >= pool && (const char*)p < pool + sizeof pool;
}

void* malloc(size_t n) {
  size_t* header = (size_t*)(pool + used);
  used += (n + 31) & ~(size_t)15;
  if (used > sizeof pool) abort();
  *header = n;
  return (char*)header + 16;
}

void free(void* p) {
  if (p != NULL && !in_pool(p)) abort();
}

void* calloc(size_t count, size_t size) {
  return memset(malloc(count * size), 0, count * size);
}

void* realloc(void* p, size_t n) {
  void* q = malloc(n);
  if (p == NULL) return q;
  size_t old = *(size_t*)((char*)p - 16);
  return memcpy(q, p, old < n ? old : n);
}

int main(void) {
  char* s = strdup("hello");
  printf("%s in own pool=%d\n", s, in_pool(s));
  free(s);
  return 0;
}
