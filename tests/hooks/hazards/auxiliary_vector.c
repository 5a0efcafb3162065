// Finds the kernel's auxiliary vector as Go's run-time system does: behind the environment, which is behind argv.
#include <elf.h>
#include <stdio.h>
#include <string.h>

extern char** environ;

int main(int argc, char** argv) {
  char** entry = argv + argc + 1;
  while (*entry != NULL) entry++;
  printf("begins with type %lu\n", (unsigned long)((const Elf64_auxv_t*)(entry + 1))->a_type);
  for (const Elf64_auxv_t* value = (const Elf64_auxv_t*)(entry + 1); value->a_type != AT_NULL; value++) {
    if (value->a_type == AT_PAGESZ) printf("pages of %lu bytes\n", (unsigned long)value->a_un.a_val);
  }
  int paths = 0;
  for (entry = environ; *entry != NULL; entry++) paths += strncmp(*entry, "PATH=", 5) == 0;
  printf("%d times PATH\n", paths);
  return 0;
}
