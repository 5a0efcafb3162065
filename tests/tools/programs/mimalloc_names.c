// Calls mimalloc by its own names, every function of 2.0.9's header that allocates or frees, mixed with malloc and free.
// Says what a record must hold: "allocs frees live-blocks live-bytes". Does nothing else that allocates.
#include <mimalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long allocs, frees, bytes;

// A block of `n` bytes was born at p.
static void* born(void* p, size_t n) {
  if (p == NULL) abort();
  memset(p, 1, n);
  ++allocs;
  bytes += (long)n;
  return p;
}

// The block of `n` bytes ended.
static void ended(size_t n) {
  ++frees;
  bytes -= (long)n;
}

// The block of `old` bytes became one of `n`: an end and a birth.
static void* moved(void* p, size_t old, size_t n) {
  ended(old);
  return born(p, n);
}

static void allocate_and_free(void) {
  enum { kOdd = 77 };
  void* blocks[] = {
      born(mi_malloc(kOdd), kOdd),
      born(mi_malloc_small(kOdd), kOdd),
      born(mi_zalloc(kOdd), kOdd),
      born(mi_zalloc_small(kOdd), kOdd),
      born(mi_mallocn(7, 11), kOdd),
      born(mi_calloc(7, 11), kOdd),
      born(mi_malloc_aligned(kOdd, 64), kOdd),
      born(mi_malloc_aligned_at(kOdd, 128, 8), kOdd),
      born(mi_zalloc_aligned(kOdd, 4096), kOdd),
      born(mi_zalloc_aligned_at(kOdd, 64, 0), kOdd),
      born(mi_calloc_aligned(7, 11, 32), kOdd),
      born(mi_calloc_aligned_at(7, 11, 32, 16), kOdd),
      born(mi_memalign(256, kOdd), kOdd),
      born(mi_aligned_alloc(64, kOdd), kOdd),
      born(mi_valloc(kOdd), kOdd),
      born(mi_pvalloc(kOdd), kOdd),
      born(mi_new(kOdd), kOdd),
      born(mi_new_n(7, 11), kOdd),
      born(mi_new_nothrow(kOdd), kOdd),
      born(mi_new_aligned(kOdd, 64), kOdd),
      born(mi_new_aligned_nothrow(kOdd, 64), kOdd),
      born(malloc(kOdd), kOdd),
  };
  void* p = NULL;
  if (mi_posix_memalign(&p, 64, kOdd) != 0) abort();
  born(p, kOdd);
  mi_free(p);
  ended(kOdd);
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; ++i) {
    switch (i % 5) {
      case 0: mi_free(blocks[i]); break;
      case 1: free(blocks[i]); break;
      case 2: mi_free_size(blocks[i], kOdd); break;
      case 3: mi_free_aligned(blocks[i], 16); break;
      case 4: mi_cfree(blocks[i]); break;
    }
    ended(kOdd);
  }
  // Smaller than a granule, two of them in one.
  for (int i = 0; i < 100; ++i) born(mi_malloc(8), 8);
  mi_free_size_aligned(born(mi_malloc_aligned(64, 64), 64), 64, 64);
  ended(64);
}

static void change_sizes(void) {
  char* p = born(mi_malloc(100), 100);
  p = moved(mi_realloc(p, 5000), 100, 5000);
  p = moved(mi_reallocn(p, 10, 7), 5000, 70);
  p = moved(mi_reallocf(p, 200), 70, 200);
  p = moved(mi_reallocarray(p, 3, 100), 200, 300);
  p = moved(mi_rezalloc(p, 1000), 300, 1000);
  p = moved(mi_recalloc(p, 50, 3), 1000, 150);
  if (mi_expand(p, 1 << 20) != NULL) abort();
  p = moved(mi_expand(p, 140), 150, 140);
  p = moved(realloc(p, 9000), 140, 9000);
  if (mi_reallocarr(&p, 30, 30) != 0) abort();
  moved(p, 9000, 900);
  if (mi_realloc(p, SIZE_MAX / 2) != NULL) abort();  // it stays as it was
  if (mi_reallocf(p, SIZE_MAX / 2) != NULL) abort();  // it is gone
  ended(900);
  p = born(mi_realloc(NULL, 50), 50);
  p = moved(mi_realloc_aligned(p, 500, 64), 50, 500);
  p = moved(mi_realloc_aligned_at(p, 600, 64, 16), 500, 600);
  p = moved(mi_rezalloc_aligned(p, 2000, 64), 600, 2000);
  p = moved(mi_rezalloc_aligned_at(p, 2100, 64, 8), 2000, 2100);
  p = moved(mi_recalloc_aligned(p, 50, 50, 64), 2100, 2500);
  p = moved(mi_recalloc_aligned_at(p, 60, 50, 64, 8), 2500, 3000);
  p = moved(mi_aligned_recalloc(p, 70, 50, 64), 3000, 3500);
  p = moved(mi_aligned_offset_recalloc(p, 80, 50, 64, 8), 3500, 4000);
  p = moved(mi_new_realloc(p, 40), 4000, 40);
  p = moved(mi_new_reallocn(p, 40, 50), 40, 2000);
}

static void copy_texts(void) {
  static const unsigned short wide[] = {'w', 'i', 'd', 'e', 0};
  char place[4096];
  born(mi_strdup("seven"), 6);
  born(mi_strndup("seven", 3), 4);
  free(born(mi_mbsdup((const unsigned char*)"many"), 5));
  ended(5);
  if (mi_version() < 300) born(mi_wcsdup(wide), sizeof wide);
  // Its declaration says that it returns memory of its own.
  if (strcmp(mi_realpath("/", place), "/") != 0) abort();
  born(mi_realpath("/", NULL), 2);  // the C library makes one too, and that is freed
  ++allocs, ++frees;
  char* text = NULL;
  if (mi_dupenv_s(&text, NULL, "PATH") != 0 || text == NULL) abort();
  born(text, strlen(getenv("PATH")) + 1);
}

static void use_heap(void) {
  mi_heap_t* heap = mi_heap_new();
  for (int i = 0; i < 1000; ++i) born(mi_heap_malloc(heap, 64), 64);
  for (int i = 0; i < 100; ++i) born(mi_heap_malloc(heap, 8), 8);
  for (int i = 0; i < 50; ++i) mi_free(born(mi_heap_malloc(heap, 64), 64)), ended(64);
  born(mi_heap_malloc_small(heap, 30), 30);
  born(mi_heap_zalloc(heap, 31), 31);
  born(mi_heap_mallocn(heap, 3, 11), 33);
  born(mi_heap_calloc(heap, 3, 11), 33);
  born(mi_heap_alloc_new(heap, 40), 40);
  born(mi_heap_alloc_new_n(heap, 4, 11), 44);
  born(mi_heap_malloc_aligned(heap, 100, 64), 100);
  born(mi_heap_malloc_aligned_at(heap, 100, 64, 8), 100);
  born(mi_heap_zalloc_aligned(heap, 100, 256), 100);
  born(mi_heap_zalloc_aligned_at(heap, 100, 64, 16), 100);
  born(mi_heap_calloc_aligned(heap, 5, 20, 64), 100);
  born(mi_heap_calloc_aligned_at(heap, 5, 20, 64, 16), 100);
  born(mi_heap_strdup(heap, "seven"), 6);
  born(mi_heap_strndup(heap, "seven", 3), 4);
  born(mi_heap_malloc(heap, 20 << 20), 20 << 20);
  void* p = born(mi_heap_malloc(heap, 10), 10);
  p = moved(mi_heap_realloc(heap, p, 300), 10, 300);
  p = moved(mi_heap_reallocn(heap, p, 40, 10), 300, 400);
  p = moved(mi_heap_reallocf(heap, p, 500), 400, 500);
  p = moved(mi_heap_rezalloc(heap, p, 600), 500, 600);
  p = moved(mi_heap_recalloc(heap, p, 70, 10), 600, 700);
  p = moved(mi_heap_realloc_aligned(heap, p, 800, 64), 700, 800);
  p = moved(mi_heap_realloc_aligned_at(heap, p, 900, 64, 8), 800, 900);
  p = moved(mi_heap_rezalloc_aligned(heap, p, 1000, 64), 900, 1000);
  p = moved(mi_heap_rezalloc_aligned_at(heap, p, 1100, 64, 8), 1000, 1100);
  p = moved(mi_heap_recalloc_aligned(heap, p, 120, 10, 64), 1100, 1200);
  p = moved(mi_heap_recalloc_aligned_at(heap, p, 130, 10, 64, 8), 1200, 1300);
  const long before = bytes;
  mi_heap_destroy(heap);
  // 1,000 + 100 blocks, fourteen more, the large one, and p
  frees += 1000 + 100 + 14 + 2;
  bytes = before - 64 * 1000 - 8 * 100 - (30 + 31 + 33 + 33 + 40 + 44 + 6 * 100 + 6 + 4) - (20 << 20) - 1300;
}

static void delete_heap(void) {
  mi_heap_t* heap = mi_heap_new();
  void* survivor = NULL;
  for (int i = 0; i < 100; ++i) survivor = born(mi_heap_malloc(heap, 48), 48);
  mi_heap_delete(heap);
  mi_free(survivor);
  ended(48);
}

int main(void) {
  allocate_and_free();
  change_sizes();
  use_heap();
  delete_heap();
  copy_texts();
  char text[128];
  const int length = snprintf(text, sizeof text, "%ld %ld %ld %ld\n", allocs, frees, allocs - frees, bytes);
  return write(1, text, (size_t)length) == length ? 0 : 1;
}
