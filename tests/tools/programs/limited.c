/* Limits itself to 1 GiB, then wants a large block and a thread. argv: main or child, as or data. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void* allocate(void* bytes) {
  return malloc(*(size_t*)bytes);
}

static int work(int resource) {
  const struct rlimit limit = {1ul << 30, 1ul << 30};
  if (setrlimit(resource, &limit) != 0) return 2;
  void* volatile block = malloc(64 << 20);
  if (block == NULL) return 3;
  size_t bytes = 100;
  pthread_t thread;
  if (pthread_create(&thread, NULL, allocate, &bytes) != 0) return 4;
  return pthread_join(thread, NULL) != 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 9;
  void* volatile block = malloc(10);
  free(block);
  const int resource = strcmp(argv[2], "as") == 0 ? RLIMIT_AS : RLIMIT_DATA;
  if (strcmp(argv[1], "main") == 0) return work(resource);
  if (fork() == 0) _exit(work(resource));
  int status = 0;
  wait(&status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 8;
}
