/* Does what programs do that surprise those who read their reels; argv[1] says what. */
#include <heapreel/heapreel_weak.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static void* volatile kept[64];

static void mark(const char* name) {
  if (heapreel_mark) heapreel_mark(name);
}
static void end_game_frame(void) {
  if (heapreel_game_frame) heapreel_game_frame();
}

/* Names that talk to a terminal, forge lines, turn writing around, or are no UTF-8. */
static void speak(void) {
  prctl(PR_SET_NAME, "\x1b[31mred\n");
  mark("clear\x1b[2J");
  mark("forged\n  mark        innocent at game frame 7");
  mark("csi\xc2\x9b" "31m raw\x9b" "31m");
  mark("turned\xe2\x80\xae" "drawkcab");
  kept[0] = malloc(1000);
  end_game_frame();
}

/* Loads for a while, by the clock, and makes three game frames of its own: 100 blocks before the first boundary, then 1
 * and 2. */
static void load_and_play(void) {
  for (int i = 0; i < 50; ++i) {
    const struct timespec pause = {0, 1000000};
    kept[i] = malloc(16);
    nanosleep(&pause, NULL);
  }
  for (int i = 0; i < 50; ++i) free(malloc(32));
  mark("loaded");
  end_game_frame();
  kept[50] = malloc(100);
  end_game_frame();
  kept[51] = malloc(200);
  kept[52] = malloc(200);
  mark("third");
  end_game_frame();
}

/* Ten blocks of 100 bytes, each below six calls of itself. */
__attribute__((noinline)) static void descend(int depth) {
  if (depth > 0) {
    descend(depth - 1);
    __asm__ volatile("");  /* no tail call */
    return;
  }
  for (int i = 0; i < 10; ++i) kept[i] = malloc(100);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "speak";
  if (strcmp(what, "speak") == 0) speak();
  if (strcmp(what, "load") == 0) load_and_play();
  if (strcmp(what, "recurse") == 0) descend(6);
  if (strcmp(what, "free") == 0) {
    descend(0);
    end_game_frame();
    for (int i = 0; i < 10; ++i) free(kept[i]);
    end_game_frame();
  }
  return 0;
}
