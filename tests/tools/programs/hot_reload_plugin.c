/* One build of a plugin. They differ in a number of their code, and in the name of a function. */
#include <stdlib.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

void* volatile kept;
__attribute__((noinline)) void JOIN(only_in_, PLUGIN_NAME)(int count) {
  for (int i = 0; i < count; i++) kept = malloc(1000);
}
void game_update(void) {
  JOIN(only_in_, PLUGIN_NAME)(PLUGIN_BLOCKS);
}
