/* A program that from some point on may make only the system calls that it needs itself: the kernel ends it over any
 * other. Then it makes threads, which allocate. argv[1]: how many. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kMostThreads = 8, kBlocks = 1000 };

static void* volatile block;

static void allocate(size_t bytes) {
  for (int i = 0; i < kBlocks; ++i) {
    char* p = malloc(bytes + (size_t)i % 700);
    memset(p, 1, bytes);
    block = p;
    free(block);
  }
}

static void* work(void* unused) {
  allocate(5000);
  return unused;
}

/* No open files, as mimalloc looks at those of the processors only once. What the C library's malloc, threads and end of process need, and mimalloc's. */
static const int kAllowed[] = {
    SYS_read,      SYS_write,     SYS_exit,          SYS_exit_group,        SYS_brk,   SYS_mmap,
    SYS_munmap,    SYS_mremap,    SYS_mprotect,      SYS_madvise,           SYS_futex, SYS_rt_sigreturn,
    SYS_clone3,    SYS_clone,     SYS_clock_gettime, SYS_set_robust_list,   SYS_rseq,  SYS_rt_sigprocmask,
    SYS_getrandom, SYS_prlimit64, SYS_rt_sigaction,  SYS_sched_getaffinity,
};

static int allow_these_only(void) {
  enum { kCount = sizeof kAllowed / sizeof *kAllowed };
  struct sock_filter program[kCount + 3];
  struct sock_filter* at = program;
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < kCount; ++i) {
    *at++ =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)kAllowed[i], (unsigned char)(kCount - i), 0);
  }
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog filter = {(unsigned short)(at - program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int main(int argc, char** argv) {
  int count = argc > 1 ? atoi(argv[1]) : 0;
  if (count > kMostThreads) count = kMostThreads;
  allocate(100);
  if (!allow_these_only()) return 77;
  pthread_t threads[kMostThreads];
  for (int i = 0; i < count; ++i) {
    if (pthread_create(&threads[i], NULL, work, NULL) != 0) _exit(4);
    pthread_join(threads[i], NULL);
  }
  _exit(5);
}
