// Frees what it is given, and gives what others free.
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

char* swap(char* block) {
  char* grown = realloc(block, 5000);
  char* aligned = memalign(64, malloc_usable_size(grown));
  strcpy(aligned, "from the module, after: ");
  strcat(aligned, grown);
  free(grown);
  char* copy = strdup(aligned);
  free(aligned);
  return copy;
}
