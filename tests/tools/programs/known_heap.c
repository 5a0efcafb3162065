/* A program whose every allocation is known; argv[1] says what it does. Prints with write(), which allocates nothing.
 */
#include <fcntl.h>
#include <heapreel/heapreel_weak.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void* kept[1000];

/* 100 blocks of 1 to 100 bytes. */
static void allocate_hundred(void) {
  for (int i = 0; i < 100; ++i) kept[i] = malloc((size_t)i + 1);
}

/* The first 40 of them: 820 bytes. */
static void free_forty(void) {
  for (int i = 0; i < 40; ++i) free(kept[i]);
}

/* Each grows from 96 ... 100 bytes to 1000. */
static void grow_five(void) {
  for (int i = 95; i < 100; ++i) kept[i] = realloc(kept[i], 1000);
}

static void say(const char* text) {
  ssize_t written = write(1, text, strlen(text));
  (void)written;
}

static void counts(void) {
  allocate_hundred();
  free_forty();
  grow_five();
}

/* Three game frames and a mark, when there is a heapreel in the process. */
static void game_frames(void) {
  allocate_hundred();
  if (heapreel_game_frame) heapreel_game_frame();
  free_forty();
  if (heapreel_mark) heapreel_mark("level-loaded");
  if (heapreel_game_frame) heapreel_game_frame();
  grow_five();
  if (heapreel_game_frame) heapreel_game_frame();
}

/* The same twice; what was traced is forgotten in between. */
static void two_generations(void) {
  game_frames();
  if (heapreel_stop) heapreel_stop();
  if (heapreel_start) heapreel_start(NULL);
  game_frames();
}

/* As many game frames as asked for, three blocks that live on each. */
static void game_loop(int game_frames) {
  for (int i = 0; i < game_frames; ++i) {
    for (int block = 0; block < 3; ++block) kept[(3 * i + block) % 1000] = malloc((size_t)i % 50 + 1);
    free(malloc(500));
    if (heapreel_game_frame) heapreel_game_frame();
  }
}

static void forked_child_allocates(void) {
  allocate_hundred();
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 100; i < 600; ++i) kept[i] = malloc(50);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  free_forty();
}

static void vforked_child_executes(void) {
  allocate_hundred();
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/true", "true", (char*)NULL);
    _exit(1);
  }
  waitpid(child, NULL, 0);
  free_forty();
}

static volatile sig_atomic_t signals = 0;
static void count_signal(int signal) {
  (void)signal;
  ++signals;
}

/* Tells that it waits, then waits to be told; exit status 20 + how often. */
static int wait_for_signal(void) {
  struct sigaction action = {0};
  sigset_t blocked, before;
  action.sa_handler = count_signal;
  sigaction(SIGUSR1, &action, NULL);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  say("waiting\n");
  while (signals == 0) sigsuspend(&before);
  return 20 + (int)signals;
}

static int lowest_free_descriptor(void) {
  return open("/dev/null", O_RDONLY);
}

/* Tells allocators apart: of 33 bytes, glibc makes 40, jemalloc 48. */
static int room_of_33_bytes(void) {
  return (int)malloc_usable_size(malloc(33));
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "counts";
  if (strcmp(what, "counts") == 0) {
    counts();
    return 7;
  }
  if (strcmp(what, "kill") == 0) {
    counts();
    raise(SIGKILL);
  }
  if (strcmp(what, "abort") == 0) {
    counts();
    abort();
  }
  if (strcmp(what, "stop") == 0) {
    allocate_hundred();
    raise(SIGSTOP);
    free_forty();
    say("continued\n");
  }
  if (strcmp(what, "frames") == 0) game_frames();
  if (strcmp(what, "generations") == 0) two_generations();
  if (strcmp(what, "loop") == 0) game_loop(atoi(argv[2]));
  if (strcmp(what, "fork") == 0) forked_child_allocates();
  if (strcmp(what, "vfork") == 0) vforked_child_executes();
  if (strcmp(what, "frames_and_signal") == 0) {
    game_frames();
    return wait_for_signal();
  }
  if (strcmp(what, "signal") == 0) return wait_for_signal();
  if (strcmp(what, "room") == 0) return room_of_33_bytes();
  if (strcmp(what, "descriptor") == 0) return lowest_free_descriptor();
  return 0;
}
