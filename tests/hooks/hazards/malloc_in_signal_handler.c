// Handlers that allocate while the main flow allocates as well. Not allowed by POSIX, and done. The handler
// is kept out of the allocator itself, which is not ours to protect, and let into everything around it.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static volatile sig_atomic_t handled;

static void allocate(int signal) {
  (void)signal;
  void* p = malloc(100);
  memset(p, 1, 100);
  free(p);
  handled++;
}

int main(void) {
  struct sigaction action = {0};
  action.sa_handler = allocate;
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &timer, NULL);
  while (handled < 500) {
  }
  memset(&timer, 0, sizeof timer);
  setitimer(ITIMER_REAL, &timer, NULL);
  puts("500 handlers allocated");
  return 0;
}
