/* Runs a command and makes one system call of it fail: the N-th of that kind, counted over all its processes.
 *
 *     fail_nth_call REPORT WHOSE CALL N COMMAND [ARGUMENT...]
 *
 * WHOSE is "command", for the processes that execute COMMAND's file, or "program", for all others, of which only the
 * calls count that a library with "heapreel" in its name makes: the program's own are its own affair. REPORT is a file
 * that gets "1" when a call was made to fail, else "0". The status is COMMAND's, 128 + the signal that ended it, or 125
 * when processes cannot be traced here. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
  const char* name;
  long numbers[2];
  int error;
};
static const struct call calls[] = {
    {"mmap", {SYS_mmap, -1}, ENOMEM},
    {"memfd_create", {SYS_memfd_create, -1}, EMFILE},
    {"ftruncate", {SYS_ftruncate, -1}, EFBIG},
    {"madvise", {SYS_madvise, -1}, EINVAL},
    {"write", {SYS_write, SYS_writev}, ENOSPC},
    {"openat", {SYS_openat, -1}, EMFILE},
    {"clone", {SYS_clone, SYS_clone3}, EAGAIN},
    {"socket", {SYS_socket, SYS_socketpair}, EMFILE},
    {"sendmsg", {SYS_sendmsg, SYS_sendto}, ENOBUFS},
    {"poll", {SYS_poll, SYS_ppoll}, EINTR},
    {"pidfd_open", {SYS_pidfd_open, -1}, EMFILE},
    {"mprotect", {SYS_mprotect, -1}, ENOMEM},
    {"read", {SYS_read, SYS_pread64}, EINTR},
    {"recvmsg", {SYS_recvmsg, SYS_recvfrom}, EINTR},
    {"fcntl", {SYS_fcntl, -1}, EINVAL},
    {"wait", {SYS_wait4, SYS_waitid}, EINTR},
};

enum { kMostProcesses = 4096 };
struct tracee {
  pid_t id;
  int inside;  /* a system call */
  int failing; /* that call */
};
static struct tracee tracees[kMostProcesses];

static struct tracee* tracee_of(pid_t id) {
  for (int i = 0; i < kMostProcesses; ++i) {
    if (tracees[i].id == id) return &tracees[i];
    if (tracees[i].id != 0) continue;
    tracees[i].id = id;
    return &tracees[i];
  }
  exit(125);
}

static int executes(pid_t id, const struct stat* file) {
  char path[64];
  struct stat status;
  snprintf(path, sizeof path, "/proc/%d/exe", id);
  return stat(path, &status) == 0 && status.st_dev == file->st_dev && status.st_ino == file->st_ino;
}

/* Whether one of the innermost words of the stack is an address of code of heapreel's library. */
static int is_called_by_heapreel(pid_t id, uintptr_t sp) {
  enum { kWords = 6 };
  uintptr_t words[kWords] = {0};
  for (int i = 0; i < kWords; ++i) words[i] = (uintptr_t)ptrace(PTRACE_PEEKDATA, id, sp + 8 * i, 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/maps", id);
  FILE* maps = fopen(path, "r");
  if (maps == NULL) return 0;
  char line[4096];
  int found = 0;
  while (!found && fgets(line, sizeof line, maps) != NULL) {
    uintptr_t begin, end;
    char rights[8] = "";
    if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || rights[2] != 'x') continue;
    if (strstr(line, "libheapreel") == NULL) continue;
    for (int i = 0; i < kWords; ++i) found |= words[i] >= begin && words[i] < end;
  }
  fclose(maps);
  return found;
}

int main(int argc, char** argv) {
  if (argc < 6) return 125;
  const int of_command = strcmp(argv[2], "command") == 0;
  const struct call* call = NULL;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i) {
    if (strcmp(argv[3], calls[i].name) == 0) call = &calls[i];
  }
  long left = atol(argv[4]);
  struct stat command;
  if (call == NULL || stat(argv[5], &command) != 0) return 125;
  const pid_t first = fork();
  if (first == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(125);
    raise(SIGSTOP);
    execv(argv[5], argv + 5);
    _exit(125);
  }
  int status = 0;
  waitpid(first, &status, 0);
  if (!WIFSTOPPED(status)) return 125;
  const long options =
      PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  if (ptrace(PTRACE_SETOPTIONS, first, 0, options) != 0) return 125;
  ptrace(PTRACE_SYSCALL, first, 0, 0);
  int failed = 0;
  int result = 125;
  int has_begun = 0; /* COMMAND is executed: before that, this program's own calls are nobody's */
  for (;;) {
    const pid_t id = waitpid(-1, &status, __WALL);
    if (id < 0) break;
    struct tracee* tracee = tracee_of(id);
    if (!WIFSTOPPED(status)) {
      if (id == first) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      tracee->inside = tracee->failing = 0;
      tracee->id = -1; /* the place is not used again: a later process may have the number */
      continue;
    }
    int pass_on = 0;
    const int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      struct user_regs_struct registers;
      ptrace(PTRACE_GETREGS, id, 0, &registers);
      tracee->inside = !tracee->inside;
      const long number = (long)registers.orig_rax;
      const int is_wanted = number == call->numbers[0] || number == call->numbers[1];
      if (tracee->inside && is_wanted && has_begun && !failed && executes(id, &command) == of_command &&
          (of_command || is_called_by_heapreel(id, registers.rsp)) && --left == 0) {
        failed = tracee->failing = 1;
        registers.orig_rax = (unsigned long long)-1;
        ptrace(PTRACE_SETREGS, id, 0, &registers);
      } else if (!tracee->inside && tracee->failing) {
        tracee->failing = 0;
        registers.rax = (unsigned long long)-(long)call->error;
        ptrace(PTRACE_SETREGS, id, 0, &registers);
      }
    } else if (signal == SIGTRAP && status >> 16 != 0) {
      if (status >> 16 == PTRACE_EVENT_EXEC) has_begun = 1;
    } else if (signal == SIGSTOP && tracee->inside == 0 && id != first) {
      /* The first stop of a new process. */
    } else {
      pass_on = signal;
    }
    ptrace(PTRACE_SYSCALL, id, 0, pass_on);
  }
  FILE* report = fopen(argv[1], "w");
  if (report == NULL) return 125;
  fprintf(report, "%d", failed);
  fclose(report);
  return result;
}
