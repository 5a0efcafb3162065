/* Opens two libraries, allocates, and asks for a function that only an overlay has. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  void* const first = dlopen("libm.so.6", RTLD_NOW);
  void* const second = dlopen("libdl.so.2", RTLD_NOW);
  int (*answer)(void);
  *(void**)&answer = dlsym(first, "answer_of_the_overlay");
  for (int i = 0; i < 10; ++i) free(malloc(100));
  printf("answer %d\n", answer != NULL ? answer() : 0);
  fflush(stdout);  // before the overlay's own line, which it writes when it is torn down
  return dlclose(second) != 0 || dlclose(first) != 0;
}
