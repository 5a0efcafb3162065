/* Writes where it must not: at random into the memory that it shares with its recording. argv: a seed, and how many times it
 * writes; 0: never. What it allocates is the same every time. It ends with 5, unless it damaged its own hooks. */
#define _GNU_SOURCE
#include <heapreel/heapreel_weak.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kPage = 4096, kMostPages = 4096, kBlocks = 500, kGameFrames = 8 };

static uint64_t state;
static uint64_t random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return (state ^= state << 17) * 0x2545f4914f6cdd1d;
}

/* Pages of that memory that hold anything and that this program may write. */
static char* pages[kMostPages];
static size_t page_count;

static void add_pages(uintptr_t begin, uintptr_t end) {
  static unsigned char resident[((size_t)64 << 20) / kPage];
  if (mincore((void*)begin, end - begin, resident) != 0) return;
  for (size_t page = 0; page < (end - begin) / kPage; ++page) {
    if ((resident[page] & 1) != 0 && page_count < kMostPages) pages[page_count++] = (char*)begin + page * kPage;
  }
}

static void find_pages(void) {
  static char text[1 << 16];
  FILE* const maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) return;
  setvbuf(maps, text, _IOFBF, sizeof text);
  char line[512];
  while (fgets(line, sizeof line, maps) != NULL) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char access[8] = "";
    if (strstr(line, "memfd:heapreel") == NULL || sscanf(line, "%lx-%lx %7s", &begin, &end, access) != 3) continue;
    if (access[1] != 'w') continue;
    /* What is there grows from both ends. */
    const size_t end_bytes = (size_t)64 << 20;
    add_pages(begin, end - begin < end_bytes ? end : begin + end_bytes);
    if (end - begin > 2 * end_bytes) add_pages(end - end_bytes, end);
  }
  fclose(maps);
}

static void scribble(void) {
  char* const page = pages[random_number() % page_count];
  uint64_t* const word = (uint64_t*)page + random_number() % (kPage / 8);
  switch (random_number() % 8) {
    case 0:
      *word = random_number();
      break;
    case 1:
      *word = 0;
      break;
    case 2:
      *word = UINT64_MAX;
      break;
    case 3:
      *word ^= (uint64_t)1 << random_number() % 64;
      break;
    case 4:
      *word += random_number() % 129 - 64;
      break;
    case 5:
      *word = (uintptr_t)pages[random_number() % page_count] + random_number() % kPage;
      break;
    case 6:
      *word = (uintptr_t)&state;
      break;
    default:
      memset(word, (int)random_number(), 1 + random_number() % (kPage - (size_t)((char*)word - page)));
  }
}

static void* kept[kBlocks];

int main(int argc, char** argv) {
  if (argc != 3) return 9;
  const int writes = atoi(argv[2]);
  state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
  const int moment = (int)(random_number() % kGameFrames);
  for (int frame = 0; frame < kGameFrames; ++frame) {
    for (int i = 0; i < kBlocks; ++i) {
      if (i % 3 != frame % 3) continue;
      free(kept[i]);
      kept[i] = malloc((size_t)(i + 1) * 5);
    }
    if (frame == moment) {
      find_pages();
      if (page_count == 0) _exit(7);
      for (int i = 0; i < writes; ++i) scribble();
    }
    if (heapreel_game_frame != NULL) heapreel_game_frame();
  }
  _exit(5);
}
