/* Limits itself to 1 GiB, then wants a large block and a thread. argv: main or child, as or data, and optionally how: "call"
 * makes the system call itself, "outside" lets another process do it, "later" too, and then wants the thread first, as
 * soon as it can be had. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void* allocate(void* bytes) {
  return malloc(*(size_t*)bytes);
}

static int set_limit(int resource, const char* how) {
  const struct rlimit limit = {1ul << 30, 1ul << 30};
  if (strcmp(how, "") == 0) return setrlimit(resource, &limit);
  if (strcmp(how, "call") == 0) return (int)syscall(SYS_prlimit64, 0, resource, &limit, NULL);
  const pid_t self = getpid();
  const pid_t other = (pid_t)syscall(SYS_fork);
  if (other == 0) _exit(syscall(SYS_prlimit64, self, resource, &limit, NULL) != 0);
  int status = 0;
  return waitpid(other, &status, 0) != other || status != 0;
}

static int make_thread(int later) {
  size_t bytes = 100;
  pthread_t thread;
  for (int tries = later ? 10000 : 1; tries > 0; --tries) {
    if (pthread_create(&thread, NULL, allocate, &bytes) == 0) return pthread_join(thread, NULL);
    free(allocate(&bytes));
    usleep(1000);
  }
  return 1;
}

static int work(int resource, const char* how) {
  const int later = strcmp(how, "later") == 0;
  if (set_limit(resource, how) != 0) return 2;
  if (later && make_thread(later) != 0) return 5;
  void* volatile block = malloc(64 << 20);
  if (block == NULL) return 3;
  block = realloc(block, 128 << 20);
  if (block == NULL) return 6;
  return make_thread(0) != 0 ? 4 : 0;
}

int main(int argc, char** argv) {
  if (argc < 3) return 9;
  void* volatile block = malloc(10);
  free(block);
  const int resource = strcmp(argv[2], "as") == 0 ? RLIMIT_AS : RLIMIT_DATA;
  const char* how = argc > 3 ? argv[3] : "";
  if (strcmp(argv[1], "main") == 0) return work(resource, how);
  if (fork() == 0) _exit(work(resource, how));
  int status = 0;
  wait(&status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 8;
}
