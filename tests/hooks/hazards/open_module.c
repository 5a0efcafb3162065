// Loads the module given on the command line ten times, calls its `touch` when it has one, and unloads it.
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int i = 0; i < 10; i++) {
    void* module = dlopen(argv[1], RTLD_NOW);
    if (module == NULL) {
      printf("%s\n", dlerror());
      return 1;
    }
    int (*touch)(int);
    *(void**)&touch = dlsym(module, "touch");  /* as POSIX has it: ISO C knows no such cast */
    if (touch != NULL) printf("touch %d\n", touch(i));
    if (dlclose(module) != 0) return 1;
  }
  return 0;
}
