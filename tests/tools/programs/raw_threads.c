/* Threads that the C library knows nothing of, each allocating a known number of blocks; argv[1] says of what kind,
 * argv[2] how many. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  kStackBytes = 256 << 10,
  kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
};

static char stacks[8][kStackBytes] __attribute__((aligned(64)));
static int running[8];

static int allocate(void* count) {
  void* volatile block;
  for (int i = 0; i < (int)(size_t)count; ++i) {
    block = malloc(10);
    free(block);
  }
  block = malloc(100);
  return 0;
}

/* With `tls` null it borrows the thread-local storage of the thread that makes it. */
static void start(int thread, void* tls, int count) {
  const int flags = kThreadFlags | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | (tls != NULL ? CLONE_SETTLS : 0);
  if (clone(allocate, stacks[thread] + kStackBytes, flags, (void*)(size_t)count, &running[thread], tls,
            &running[thread]) < 0) {
    _exit(9);
  }
}

static void wait_for(int thread) {
  for (int id; (id = __atomic_load_n(&running[thread], __ATOMIC_ACQUIRE)) != 0;) {
    syscall(SYS_futex, &running[thread], FUTEX_WAIT, id, NULL, NULL, 0);
  }
}

#ifdef __x86_64__
void* _dl_allocate_tls(void* memory);

/* What pthread_create does, at the least. */
static void* own_tls(void) {
  void** block = _dl_allocate_tls(NULL);
  if (block == NULL) _exit(9);
  block[0] = block[2] = block;
  return block;
}
#endif

static void* nothing(void* argument) {
  return argument;
}

/* A bare clone() does not tell the C library that there are threads, and until it knows, its malloc takes no lock. */
static void let_malloc_take_its_locks(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0) _exit(9);
  if (__libc_single_threaded) _exit(9);
}

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(kind, "borrowing") == 0) {
    /* Two threads on one thread's storage at once would break the C library itself. */
    for (int thread = 0; thread < 8; ++thread) {
      start(thread, NULL, count);
      wait_for(thread);
      allocate((void*)(size_t)count);
    }
    return 0;
  }
#ifdef __x86_64__
  if (strcmp(kind, "owning") == 0) {
    let_malloc_take_its_locks();
    for (int thread = 0; thread < 8; ++thread) start(thread, own_tls(), count);
    allocate((void*)(size_t)count);
    for (int thread = 0; thread < 8; ++thread) wait_for(thread);
    return 0;
  }
#endif
  return 8;
}
