/* Large blocks: resized, and freed again. Under the legacy layout of addresses they lie below the program break. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  static const size_t kSizes[] = {1u << 20, 64u << 20, 100u << 20};
  for (int i = 0; i < 3; ++i) {
    char* p = malloc(kSizes[i]);
    if (p == NULL) return 2;
    p[0] = 1;
    p[kSizes[i] - 1] = 2;
    p = realloc(p, kSizes[i] - 4096);
    if (p == NULL || p[0] != 1) return 3;
    free(p);
  }
  return puts("done") < 0;
}
