/* Allocates, says "half", waits for a byte of input, allocates again, also in a thread, a child and an executed program,
 * and says "whole", and how many blocks this process got, those of the C library left out. What it cannot have in the
 * second half it does without. argv: alone, or family. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void* blocks[1000];
static int got;

static void* work(void* unused) {
  for (int i = 0; i < 1000; ++i) {
    free(blocks[i]);
    blocks[i] = malloc((size_t)i * 7);
    got += blocks[i] != NULL;
  }
  return unused;
}

static void say(const char* text) {
  if (write(1, text, strlen(text)) < 0) _exit(9);
}

int main(int argc, char** argv) {
  work(NULL);
  if (argc < 2) return 0;
  say("half\n");
  char byte;
  if (read(0, &byte, 1) != 1) return 8;
  work(NULL);
  void* volatile large = malloc(8 << 20);
  got += large != NULL;
  free(large);
  pthread_t thread;
  if (pthread_create(&thread, NULL, work, NULL) == 0) pthread_join(thread, NULL);
  if (strcmp(argv[1], "family") == 0) {
    const pid_t forked = fork();
    if (forked == 0) {
      work(NULL);
      execl("/proc/self/exe", argv[0], (char*)NULL);
      _exit(1);
    }
    if (forked > 0) waitpid(forked, NULL, 0);
  }
  char text[32];
  snprintf(text, sizeof text, "whole %d\n", got);
  say(text);
  return 0;
}
