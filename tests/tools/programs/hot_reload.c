/* Loads each library of argv[2...] under the name argv[1], one after the other, as an editor with hot reload does. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

static int put_in_place(const char* from, const char* to) {
  char buffer[1 << 16], fresh[4096];
  snprintf(fresh, sizeof fresh, "%s.new", to);
  FILE* in = fopen(from, "rb");
  FILE* out = fopen(fresh, "wb");
  if (in == NULL || out == NULL) return 0;
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, in)) > 0;) fwrite(buffer, 1, got, out);
  fclose(in);
  fclose(out);
  return rename(fresh, to) == 0;
}

int main(int argc, char** argv) {
  for (int i = 2; i < argc; ++i) {
    if (!put_in_place(argv[i], argv[1])) return 3;
    void* library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL) return 2;
    void (*update)(void);
    *(void**)&update = dlsym(library, "game_update"); /* as POSIX writes it */
    if (update == NULL) return 4;
    update();
    dlclose(library);
  }
  return 0;
}
