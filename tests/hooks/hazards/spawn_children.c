// vfork whose child allocates, posix_spawn, system and popen.
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

int main(void) {
  int status;
  char* volatile from_child = NULL;
  pid_t pid = vfork();
  if (pid == 0) {
    from_child = malloc(1000);  // the parent's memory: it may free this
    from_child[0] = 'v';
    _exit(4);
  }
  waitpid(pid, &status, 0);
  printf("vfork %d %c\n", WEXITSTATUS(status), from_child[0]);
  free(from_child);

  char* arguments[] = {"sh", "-c", "echo spawned", NULL};
  fflush(stdout);
  if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) != 0) return 1;
  waitpid(pid, &status, 0);
  printf("posix_spawn %d\n", WEXITSTATUS(status));
  fflush(stdout);
  printf("system %d\n", system("exit 6") >> 8);
  FILE* pipe = popen("echo piped", "r");
  char line[32];
  if (fgets(line, sizeof line, pipe) != NULL) printf("%s", line);
  printf("popen %d\n", pclose(pipe));
  return 0;
}
