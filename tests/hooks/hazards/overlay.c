/* As game overlays do: stands before dlsym and dlopen, counts what is opened, and hands out a function of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int opened;
static void* (*next_dlsym)(void*, const char*);

static void find_next_dlsym(void) {
  static const char* const kVersions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
  for (int i = 0; next_dlsym == NULL && i < 3; ++i) {
    *(void**)&next_dlsym = dlvsym(RTLD_NEXT, "dlsym", kVersions[i]);
  }
}

int overlay_answer(void) {
  return 42;
}

void* dlsym(void* handle, const char* name) {
  find_next_dlsym();
  return strcmp(name, "answer_of_the_overlay") == 0 ? *(void**)&(int (*)(void)){overlay_answer}
                                                    : next_dlsym(handle, name);
}

void* dlopen(const char* file, int mode) {
  void* (*next)(const char*, int);
  find_next_dlsym();
  *(void**)&next = next_dlsym(RTLD_NEXT, "dlopen");
  ++opened;
  return next(file, mode);
}

__attribute__((destructor)) static void report(void) {
  char text[40];
  const int length = snprintf(text, sizeof text, "%d opened\n", opened);
  if (write(1, text, (size_t)length) != length) _exit(9);
}
