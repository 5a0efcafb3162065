// Fibers by a switch in assembly without unwind tables, as libco and its like have it. Their stacks lie between guard
// pages, and what stands above the first frame differs: nothing, garbage, or addresses of a guard page.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
void* volatile sink;
__asm__(
    ".text\n.globl co_switch\nco_switch:\n push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n mov "
    "%rsp,(%rdi)\n mov %rsi,%rsp\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n ret\n");
void co_switch(void** save, void* to);
typedef struct {
  void* sp;
  void* main;
  int r;
  int done;
  char* base;
} Co;
static __thread Co* cur;
__attribute__((noinline)) static void deep(int n) {
  volatile char pad[100];
  pad[0] = n;
  if (n)
    deep(n - 1);
  else {
    sink = malloc(33);
    free(sink);
  }
  pad[1] = pad[0];
}
__attribute__((noinline)) static void body(void) {
  for (int r = 0; r < 100; r++) {
    deep(r % 10);
    co_switch(&cur->sp, cur->main);
  }
  cur->done = 1;
  for (;;) co_switch(&cur->sp, cur->main);
}
static void* all(void* a) {
  int variant = (int)(long)a;
  enum { N = 40 };
  size_t sz = 16384, page = 4096, stride = sz + page;
  Co co[N];
  memset(co, 0, sizeof co);
  char* pool = mmap(0, N * stride + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i <= N; i++) mprotect(pool + i * stride, page, PROT_NONE);
  for (int i = 0; i < N; i++) {
    char* top = pool + (i + 1) * stride;
    // variant 0: return address slot right at the top (body's caller would be above: guard page!)
    void** s = (void**)(top - (variant & 1 ? 8 - 8 : 16));
    if (variant & 2) {
      s = (void**)(top - 64);
      memset(s, 0xAB, 64);
    }
    if (variant & 1) {
      *--s = 0;
    } else
      *--s = (void*)0x1234;
    *--s = (void*)(intptr_t)body;
    for (int k = 0; k < 6; k++) *--s = (void*)(variant & 4 ? (long)top + 8 : 0xdeadbeefL * (variant & 1));
    co[i].sp = s;
  }
  for (int r = 0; r < 101; r++)
    for (int i = 0; i < N; i++) {
      cur = &co[i];
      co_switch(&cur->main, cur->sp);
    }
  munmap(pool, N * stride + page);
  return 0;
}
int main(void) {
  for (long v = 0; v < 8; v++) all((void*)v);
  for (long v = 0; v < 8; v++) {
    pthread_t t;
    pthread_create(&t, 0, all, (void*)v);
    pthread_join(t, 0);
  }
  puts("done");
}
