// Threads that protect pages in the middle of their own stacks, as Java does, run into them, and leave the handler by
// siglongjmp.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
void* volatile sink;
static __thread sigjmp_buf back;
static __thread char* yellow;
static __thread volatile int hits;
static int total;
static void on(int s, siginfo_t* i, void* c) {
  (void)s, (void)i, (void)c;
  mprotect(yellow, 16384, PROT_READ | PROT_WRITE);
  hits++;
  void* p = malloc(50);
  sink = p;
  free(p);
  siglongjmp(back, 1);
}
__attribute__((noinline)) static int deep(int n) {
  volatile char pad[500];
  pad[0] = n;
  volatile char* bang = (char*)__builtin_frame_address(0) - 20480;
  *bang = 0;
  void* p = malloc(33);
  sink = p;
  free(p);
  int r = n < 1000000 ? deep(n + 1) : 0;
  return r + pad[0];
}
__attribute__((noinline)) static int fine(int n) {
  volatile char pad[500];
  pad[0] = n;
  void* p = malloc(33);
  sink = p;
  free(p);
  int r = n ? fine(n - 1) : 0;
  return r + pad[0];
}
static void* body(void* a) {
  (void)a;
  pthread_attr_t at;
  pthread_getattr_np(pthread_self(), &at);
  void* lo;
  size_t sz;
  pthread_attr_getstack(&at, &lo, &sz);
  pthread_attr_destroy(&at);
  char* m = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t s = {.ss_sp = m, .ss_size = 65536};
  sigaltstack(&s, 0);
  yellow = (char*)(((uintptr_t)lo + 65536 + 4095) & ~4095ul);
  for (int r = 0; r < 8; r++) {
    mprotect(yellow, 16384, PROT_NONE);
    if (!sigsetjmp(back, 1)) deep(0);
    fine(50);
  }
  __sync_fetch_and_add(&total, hits);
  return 0;
}
int main(void) {
  struct sigaction a = {0};
  a.sa_sigaction = on;
  a.sa_flags = SA_ONSTACK | SA_SIGINFO;
  sigaction(SIGSEGV, &a, 0);
  pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(t + i, 0, body, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
  pthread_attr_t at;
  pthread_attr_init(&at);
  pthread_attr_setstacksize(&at, 512 * 1024);
  pthread_create(t, &at, body, 0);
  pthread_join(t[0], 0);
  printf("done %d\n", total);
}
