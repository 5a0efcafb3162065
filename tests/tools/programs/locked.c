/* Locks all its memory, then says how many KiB are locked. argv: current, future (both), on_fault or limited (without the
 * right to lock more than the limit, in a process that is that large); main or child. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long of_status(const char* name) {
  char line[256];
  long kib = -1;
  FILE* status = fopen("/proc/self/status", "r");
  if (status == NULL) exit(9);
  while (fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0) kib = atol(line + strlen(name));
  }
  fclose(status);
  return kib;
}

static void drop_right_to_lock(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) exit(9);
  data[0].effective &= ~(1u << CAP_IPC_LOCK);
  if (syscall(SYS_capset, &header, data) != 0) exit(9);
}

static int work(const char* how) {
  int flags = MCL_CURRENT;
  if (strcmp(how, "future") == 0) flags |= MCL_FUTURE;
  if (strcmp(how, "on_fault") == 0) flags |= MCL_ONFAULT;
  if (strcmp(how, "limited") == 0) drop_right_to_lock();
  char* volatile block = malloc(1 << 16);
  if (block == NULL) return 8;
  block[0] = 1;
  if (mlockall(flags) != 0) return 1;
  char* fresh = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned char resident = 0;
  if (fresh == MAP_FAILED || mincore(fresh + 8192, 4096, &resident) != 0) return 7;
  if ((resident & 1) != (strcmp(how, "future") == 0)) return 6;
  printf("%ld\n", of_status("VmLck:"));
  fflush(stdout);
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 3) return 9;
  if (strcmp(argv[2], "main") == 0) return work(argv[1]);
  if (fork() == 0) _exit(work(argv[1]));
  int status = 0;
  wait(&status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
