// Signal handlers on alternate stacks between guard pages, which allocate and raise one another. The stacks are unmapped
// and made anew.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
void* volatile sink;
static volatile int hits;
__attribute__((noinline)) static void deep(int n) {
  volatile char pad[100];
  pad[0] = n;
  if (n)
    deep(n - 1);
  else {
    void* p = malloc(33);
    sink = p;
    free(p);
  }
  pad[1] = pad[0];
}
static void two(int s) {
  (void)s;
  deep(5);
  __sync_fetch_and_add(&hits, 1);
}
static void one(int s) {
  (void)s;
  deep(3);
  raise(SIGUSR2);
  deep(2);
  __sync_fetch_and_add(&hits, 1);
}
static void* all(void* a) {
  (void)a;
  for (int r = 0; r < 50; r++) {
    size_t sz = 4096 * 8;
    char* m = mmap(0, sz + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(m, 4096, PROT_NONE);
    mprotect(m + 4096 + sz, 4096, PROT_NONE);
    stack_t s = {.ss_sp = m + 4096, .ss_size = sz, .ss_flags = r & 1 ? 0 : (int)(1u << 31)};
    if (sigaltstack(&s, 0)) {
      perror("sigaltstack");
      s.ss_flags = 0;
      sigaltstack(&s, 0);
    }
    for (int k = 0; k < 20; k++) {
      raise(SIGUSR1);
      deep(4);
    }
    stack_t off = {.ss_flags = SS_DISABLE};
    sigaltstack(&off, 0);
    munmap(m, sz + 8192);
  }
  return 0;
}
int main(void) {
  struct sigaction a = {0};
  a.sa_handler = one;
  a.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &a, 0);
  a.sa_handler = two;
  sigaction(SIGUSR2, &a, 0);
  all(0);
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(t + i, 0, all, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  printf("done %d\n", hits);
}
