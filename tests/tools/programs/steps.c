/* A program that does one thing for each letter that it reads, and answers each with a line. It allocates nothing else. */
#include <heapreel/heapreel_weak.h>
#include <stdlib.h>
#include <unistd.h>

static void* kept[10000];
static int blocks = 0;

static void answer(void) {
  ssize_t written = write(1, ".\n", 2);
  (void)written;
}

/* What HEAPREEL_OPTIONS=listen=1 does. */
static void wait_for_attach(void) {
  heapreel_start_options options = {0};
  options.size = sizeof options;
  options.listen = 1;
  if (heapreel_start(&options) != HEAPREEL_OK) _exit(1);
}

/* Stays until its standard input ends. */
static void fork_child(void) {
  if (fork() != 0) return;
  char letter;
  while (read(0, &letter, 1) > 0) {
  }
  _exit(0);
}

int main(void) {
  char letter;
  while (read(0, &letter, 1) == 1) {
    switch (letter) {
      case 'a': /* a hundred blocks of 50 bytes */
        for (int i = 0; i < 100; ++i) kept[blocks++] = malloc(50);
        break;
      case 'f': /* frees the forty newest */
        for (int i = 0; i < 40; ++i) free(kept[--blocks]);
        break;
      case 'g':
        if (heapreel_game_frame) heapreel_game_frame();
        break;
      case 'l':
        if (heapreel_start) wait_for_attach();
        break;
      case 'k':
        fork_child();
        break;
      case 'x':
        _exit(7);
      default:
        continue;
    }
    answer();
  }
  return 0;
}
