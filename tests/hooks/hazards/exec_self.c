// Replaces itself by exec, blocks alive and all, and shows which of the variables the new image still has.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  void* alive = malloc(12345);
  if (argc == 1) {
    execl("/proc/self/exe", argv[0], "again", (char*)NULL);
    return 1;
  }
  const char* names[] = {"LD_PRELOAD", "HEAPREEL", "HEAPREEL_OPTIONS", "KEPT"};
  for (int i = 0; i < 4; i++) {
    const char* value = getenv(names[i]);
    printf("%s=%s\n", names[i], value != NULL ? value : "(unset)");
  }
  free(alive);
  return 0;
}
