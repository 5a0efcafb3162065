// Blocks that cross the border of a module loaded with RTLD_DEEPBIND: it finds the C library's malloc before any
// preloaded one. The module is named without a folder, and found only by this program's own run path.
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAPREEL_INTERPOSED(symbol) #symbol,
static const char* const kInterposed[] = {
#include "hooks/link/interposed_symbols.def"
};

static char* (*swap)(char*);

static void* swap_blocks(void* times) {
  char* block = malloc(100);
  for (int i = 0; i < *(int*)times; i++) {
    strcpy(block, "from the program");
    block = realloc(swap(block), 200 + (size_t)i);
  }
  printf("%s\n", block);
  free(block);
  return NULL;
}

// Is this name a way to allocate, of which all or none must lead to the same allocator?
static int is_allocator(const char* name) {
  return strncmp(name, "_Z", 2) != 0 && strstr(name, "exec") == NULL && strncmp(name, "dl", 2) != 0 &&
         strncmp(name, "__cxa", 5) != 0 && strstr(name, "spawn") == NULL && strstr(name, "limit") == NULL &&
         strncmp(name, "pthread", 7) != 0 && strstr(name, "lockall") == NULL && strcmp(name, "prctl") != 0;
}

// Blocks of the C library's own, from before its names led elsewhere, still go back to it.
static void return_blocks(char* first, char* second, char* third) {
  free(first);
  printf("%d\n", malloc_usable_size(second) >= 100 && malloc_usable_size(second) < 200);
  free(second);
  strcpy(third, "of the C library");
  third = realloc(third, 5000);
  printf("%s\n", third);
  free(third);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  void* library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void* (*c_malloc)(size_t);
  *(void**)&c_malloc = dlsym(library, "malloc");
  char* own[3];
  for (int i = 0; i < 3; i++) own[i] = c_malloc(100);
  void* module = dlopen(strrchr(argv[1], '/') + 1, RTLD_NOW | RTLD_DEEPBIND);
  if (module == NULL) {
    printf("%s\n", dlerror());
    return 1;
  }
  *(void**)&swap = dlsym(module, "swap");
  return_blocks(own[0], own[1], own[2]);
  int times = 1000;
  swap_blocks(&times);
  pthread_t thread;  // the C library gives it an arena of its own
  pthread_create(&thread, NULL, swap_blocks, &times);
  pthread_join(thread, NULL);
  for (size_t i = 0; i < sizeof kInterposed / sizeof *kInterposed; i++) {
    void* deep = is_allocator(kInterposed[i]) ? dlsym(library, kInterposed[i]) : NULL;
    if (deep != NULL && deep != dlsym(RTLD_DEFAULT, kInterposed[i])) printf("%s is another one\n", kInterposed[i]);
  }
  return dlclose(module);
}
