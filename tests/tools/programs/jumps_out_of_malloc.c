// A timer's signal comes while the program allocates, and its handler leaves by siglongjmp: again and again. Then 10,000
// blocks that must be recorded. The C library's own malloc does not survive this.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
static __thread sigjmp_buf back;
void* volatile sink;
static volatile sig_atomic_t armed, hits;
static void on(int s) {
  (void)s;
  if (armed) {
    hits++;
    armed = 0;
    if (hits % 2) {
    }
    siglongjmp(back, 1);
  }
}
int main(int c, char** v) {
  int n = c > 1 ? atoi(v[1]) : 1000;
  struct sigaction a = {0};
  a.sa_handler = on;
  sigaction(SIGALRM, &a, 0);
  for (volatile int i = 0; i < n; i++) {
    if (!sigsetjmp(back, 1)) {
      struct itimerval t = {{0, 0}, {0, 50 + i % 97}};
      armed = 1;
      setitimer(ITIMER_REAL, &t, 0);
      for (;;) {
        sink = malloc(16 + i % 500);
        free(sink);
      }
    }
  }
  armed = 0;
  for (int i = 0; i < 10000; i++) {
    sink = malloc(100);
  }
  printf("hits %d\n", hits);
}
