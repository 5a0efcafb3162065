// Fibers by makecontext, on stacks from malloc, from a pool with guard pages, and from mmap, on four threads.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#define N 64
typedef struct {
  ucontext_t main, c[N];
  char* st[N];
  int kind;
  int left[N];
  int at;
} W;
static __thread W* w;
__attribute__((noinline)) static void deep(int n) {
  volatile char pad[200];
  pad[0] = n;
  if (n)
    deep(n - 1);
  else {
    void* volatile block = malloc(33);  // not a thing of all threads
    free(block);
  }
  pad[1] = pad[0];
}
static void body(int i) {
  for (int r = 0; r < 50; r++) {
    deep(r % 12);
    w->left[i]--;
    swapcontext(&w->c[i], &w->main);
  }
  w->left[i] = 0;
}
static void* all(void* a) {
  (void)a;
  for (volatile int kind = 0; kind < 3; kind++) {
    W* me = calloc(1, sizeof *me);
    w = me;
    size_t sz = 32768, page = 4096;
    char* volatile pool = 0;
    if (kind == 1) {
      pool = mmap(0, N * (sz + page) + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      for (int i = 0; i <= N; i++) mprotect(pool + i * (sz + page), page, PROT_NONE);
    }
    for (int i = 0; i < N; i++) {
      getcontext(&me->c[i]);
      char* s = kind == 0   ? malloc(sz)
                : kind == 1 ? pool + page + i * (sz + page)
                            : mmap(0, sz, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN * 0 | MAP_STACK, -1, 0);
      me->st[i] = s;
      me->c[i].uc_stack.ss_sp = s;
      me->c[i].uc_stack.ss_size = sz;
      me->c[i].uc_link = &me->main;
      makecontext(&me->c[i], (void (*)(void))body, 1, i);
      me->left[i] = 51;
    }
    for (int r = 0; r < 51; r++)
      for (int i = 0; i < N; i++)
        if (me->left[i]) swapcontext(&me->main, &me->c[i]);
    for (int i = 0; i < N; i++)
      if (kind == 0)
        free(me->st[i]);
      else if (kind == 2)
        munmap(me->st[i], sz);
    if (pool) munmap(pool, N * (sz + page) + page);
    free(me);
  }
  return 0;
}
int main(void) {
  all(0);
  pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(t + i, 0, all, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  puts("done");
}
