// Maps at random, in two threads and a signal handler, each in a range of addresses of its own, and says at the end of each
// game frame what the system has mapped there: "FRAME BYTES". The last line is what it took from the break.
//
//     maps_randomly [FRAMES] [alone]         alone: all in the main thread, without a handler
#define _GNU_SOURCE
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kPages = 64, kSteps = 40, kRanges = 3 };
static const uintptr_t kBase = 0x510000000000;
static const uintptr_t kApart = 0x1000000000;  // the ranges
static size_t page;

struct Range {
  uint64_t random;
  int number;
};
static struct Range ranges[kRanges] = {{11, 0}, {12, 1}, {13, 2}};

static uint32_t pick(struct Range* range, uint32_t below) {
  range->random ^= range->random << 13;
  range->random ^= range->random >> 7;
  range->random ^= range->random << 17;
  return (uint32_t)(range->random % below);
}

static char* at(const struct Range* range, uint32_t number) {
  return (char*)(kBase + kApart * (uintptr_t)range->number + number * page);
}

static void step(struct Range* range) {
  const uint32_t begin = pick(range, kPages - 1), pages = 1 + pick(range, 8);
  const uint32_t end = begin + pages < kPages ? begin + pages : kPages;
  char* const p = at(range, begin);
  const size_t bytes = (end - begin) * page - (pick(range, 2) ? 100 : 0);  // rounded up by the system
  const int protection = pick(range, 4) == 0 ? PROT_NONE : PROT_READ | PROT_WRITE;
  const uint32_t to = pick(range, kPages - 8);
  switch (pick(range, 6)) {
    case 0:
    case 1:
      mmap(p, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
      break;
    case 2:
      munmap(p, bytes);
      break;
    case 3:  // grows where there is room, or fails
      mremap(p, page, (1 + pick(range, 4)) * page, 0);
      break;
    case 4:
      if (end < kPages - 8) mremap(p, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at(range, to));
      break;
    default:  // at an address of the system's choice, and gone again
      if (munmap(mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), bytes) != 0) abort();
  }
}

static void* run(void* range) {
  for (int i = 0; i < kSteps; ++i) step(range);
  return NULL;
}

static void on_alarm(int signal) {
  (void)signal;
  step(&ranges[2]);
}

// Without the C library's streams, which map for themselves.
static uint64_t mapped_bytes(void) {
  static char text[1 << 20];
  const int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  size_t size = 0;
  for (ssize_t got; (got = read(fd, text + size, sizeof text - 1 - size)) > 0;) size += (size_t)got;
  close(fd);
  text[size] = '\0';
  uint64_t bytes = 0;
  for (const char* line = text; *line != '\0';) {
    char* after;
    const uintptr_t begin = strtoul(line, &after, 16), end = strtoul(after + 1, &after, 16);
    if (begin >= kBase && begin < kBase + kRanges * kApart) bytes += end - begin;
    while (*after != '\0' && *after != '\n') ++after;
    line = *after == '\n' ? after + 1 : after;
  }
  return bytes;
}

int main(int argc, char** argv) {
  const int frames = argc > 1 ? atoi(argv[1]) : 30;
  page = (size_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  sigset_t alarm_only, before;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
  for (int frame = 0; frame < frames && argc > 2; ++frame) {
    for (int i = 0; i < kRanges; ++i) run(&ranges[i]);
    printf("%d %llu\n", frame, (unsigned long long)mapped_bytes());
    HEAPREEL_GAME_FRAME();
  }
  for (int frame = 0; frame < frames && argc <= 2; ++frame) {
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) {
      if (pthread_create(&threads[i], NULL, run, &ranges[i]) != 0) return 3;
    }
    if (frame % 10 == 5) {
      const pid_t child = fork();
      if (child == 0) {
        for (int i = 0; i < 10; ++i) step(&ranges[0]);
        _exit(0);
      }
      int status = 1;
      while (waitpid(child, &status, 0) < 0) {
      }
      if (status != 0) return 4;
    }
    for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    pthread_sigmask(SIG_BLOCK, &alarm_only, &before);
    printf("%d %llu\n", frame, (unsigned long long)mapped_bytes());
    HEAPREEL_GAME_FRAME();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  char* const start = sbrk(0);
  if (sbrk(3000) != start || sbrk(5000) != start + 3000 || brk(start + 6000) != 0 || sbrk(-1000) != start + 6000)
    return 5;
  HEAPREEL_GAME_FRAME();
  printf("break 5000\n");
  return 0;
}
