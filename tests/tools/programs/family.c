/* A program whose processes each allocate a known number of blocks; argv[1] says what family it makes. Prints with
 * write(), which allocates nothing. */
#define _GNU_SOURCE
#include <heapreel/heapreel_weak.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static void* kept[1000];

static void allocate(int count) {
  for (int i = 0; i < count; ++i) kept[i] = malloc(10);
}

static void release(int count) {
  for (int i = 0; i < count; ++i) free(kept[i]);
}

/* The parent has 100 blocks, the child 50 of its own; it frees 30 of its parent's. */
static void forked(void) {
  allocate(100);
  const pid_t child = fork();
  if (child == 0) {
    void* inherited[30];
    memcpy(inherited, kept, sizeof inherited);
    allocate(50);
    for (int i = 0; i < 30; ++i) free(inherited[i]);
    _exit(3);
  }
  waitpid(child, NULL, 0);
  release(40);
}

/* As daemons begin: a child that allocates nothing has another one, which goes on alone. That one allocates 50 blocks. */
static void forked_twice(void) {
  allocate(100);
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    if (fork() == 0) {
      allocate(50);
      _exit(3);
    }
    _exit(2);
  }
  waitpid(child, NULL, 0);
  release(40);
}

/* A child that allocates nothing until its parent is gone, and some time after. */
static void left_silent(void) {
  const pid_t parent = getpid();
  allocate(100);
  if (fork() == 0) {
    while (getppid() == parent) usleep(1000);
    usleep(150000);
    allocate(50);
    _exit(3);
  }
}

/* Children of which no handler of pthread_atfork is told, while their parent goes on: they allocate a hundred times
 * what it does, free blocks of its, and end with and without its exit handlers. */
static void forked_raw(void) {
  allocate(100);
  for (int way = 0; way < 6; ++way) {
    const pid_t child = way % 2 == 0 ? _Fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
      for (int i = 0; i < 100; ++i) {
        release(100);
        allocate(100);
      }
      if (way < 3) exit(3);
      _exit(3);
    }
    release(100);
    allocate(100);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 3) _exit(9);
  }
}

/* Each of six processes, one the child of another, allocates ten blocks more than its parent. */
static void chain(int depth) {
  allocate(10 * depth);
  if (depth == 6) return;
  const pid_t child = fork();
  if (child == 0) {
    chain(depth + 1);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

/* A child that has a child on its own memory before it allocates anything. */
static void vforked_in_forked(void) {
  const pid_t child = fork();
  if (child == 0) {
    const pid_t borrower = vfork();
    if (borrower == 0) {
      kept[999] = malloc(10);
      _exit(0);
    }
    waitpid(borrower, NULL, 0);
    allocate(20);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static volatile int done = 0;
static void* churn(void* unused) {
  while (!done) free(malloc(100));
  return unused;
}

/* Ten children of a process whose other threads are inside malloc at any time; 100 blocks each, 60 freed. */
static void forked_beside_threads(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, churn, NULL);
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      allocate(100);
      release(60);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  done = 1;
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
}

static void many(int children) {
  for (int i = 0; i < children; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      allocate(5);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
}

/* Game frames of which each leaves 500 blocks of other sizes; "grown" is said at their end. */
static void grow(int game_frames) {
  unsigned size = 1;
  for (int frame = 0; frame < game_frames; ++frame) {
    for (int i = 0; i < 500; ++i) {
      size = size * 1103515245u + 12345u;
      kept[i] = malloc(size >> 16 & 0xfff);
    }
    if (heapreel_game_frame) heapreel_game_frame();
  }
  if (write(1, "grown\n", 6) != 6) _exit(9);
}

/* The child goes on when its parent has ended, until its input does. */
static void left_behind(void) {
  if (fork() != 0) _exit(5);
  allocate(70);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  allocate(7);
  const ssize_t written = write(1, "went on\n", 8);
  (void)written;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(what, "allocate") == 0) allocate(count);
  if (strcmp(what, "grow") == 0) grow(count);
  if (strcmp(what, "forked") == 0) forked();
  if (strcmp(what, "forked-twice") == 0) forked_twice();
  if (strcmp(what, "left-silent") == 0) left_silent();
  if (strcmp(what, "forked-raw") == 0) forked_raw();
  if (strcmp(what, "chain") == 0) chain(1);
  if (strcmp(what, "vforked-in-forked") == 0) vforked_in_forked();
  if (strcmp(what, "threads") == 0) forked_beside_threads();
  if (strcmp(what, "many") == 0) many(count);
  if (strcmp(what, "left-behind") == 0) left_behind();
  if (strcmp(what, "executed") == 0) {
    allocate(100);
    execl(argv[0], argv[0], "allocate", "20", (char*)NULL);
  }
  if (strcmp(what, "executed-in-vain") == 0) {
    allocate(100);
    execlp("./no-such-program", "none", (char*)NULL);
    release(40);
  }
  if (strcmp(what, "executed-by-system-call") == 0) {
    char* words[] = {"sleep", "1", NULL};
    allocate(100);
    syscall(SYS_execve, "/bin/sleep", words, environ);
  }
  return 0;
}
