// A program without heapreel that loads a plugin which has it: argv[1].
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  void* const early = malloc(10);
  void* const plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (plugin == NULL) {
    puts(dlerror());
    return 1;
  }
  void (*const play)(void) = (void (*)(void))(intptr_t)dlsym(plugin, "play");
  play();
  free(early);
  free(realloc(malloc(100), 1000));
  puts("end");
  return 0;
}
