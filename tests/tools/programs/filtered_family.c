/* Children under a filter of system calls. argv[1]: whether they are only forked, or execute this program again; argv[2]:
 * whether the filter ends them over a call that they do not need themselves, or only refuses sockets. A child allocates
 * and ends with 3; the program ends as its child did. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void* volatile block;

static void allocate(void) {
  for (int i = 0; i < 100; ++i) {
    block = malloc(100);
    free(block);
  }
}

/* What a program needs to be started by the loader, to allocate, to have a child, and to end. */
static const int kNeeded[] = {
    SYS_execve,         SYS_brk,    SYS_arch_prctl, SYS_set_tid_address, SYS_set_robust_list, SYS_rseq,    SYS_mmap,
    SYS_mprotect,       SYS_munmap, SYS_access,     SYS_openat,          SYS_newfstatat,      SYS_fstat,   SYS_read,
    SYS_pread64,        SYS_close,  SYS_prlimit64,  SYS_getrandom,       SYS_mremap,          SYS_madvise, SYS_futex,
    SYS_rt_sigprocmask, SYS_clone,  SYS_clone3,     SYS_wait4,           SYS_exit_group,
};

static int set_filter(int kills) {
  enum { kCount = sizeof kNeeded / sizeof *kNeeded };
  struct sock_filter program[kCount + 3];
  struct sock_filter* at = program;
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  if (kills) {
    for (int i = 0; i < kCount; ++i) {
      *at++ =
          (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)kNeeded[i], (unsigned char)(kCount - i), 0);
    }
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  } else {
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog filter = {(unsigned short)(at - program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int main(int argc, char** argv) {
  allocate();
  if (argc < 3) _exit(3);
  const int kills = strcmp(argv[2], "kills") == 0;
  const int executes = strcmp(argv[1], "exec") == 0;
  if (!executes && !set_filter(kills)) return 77;
  const pid_t child = fork();
  if (child == 0) {
    if (!executes) {
      allocate();
      _exit(3);
    }
    if (!set_filter(kills)) _exit(77);
    execl(argv[0], argv[0], (char*)NULL);
    _exit(9);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) _exit(8);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
