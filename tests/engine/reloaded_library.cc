// Built twice with frames of different sizes, but the same code addresses: one library's rules are wrong for the other.
#include <cstddef>

extern "C" __attribute__((visibility("default"), noinline)) int call_back(void (*function)(void*), void* argument) {
  volatile char frame[RELOADED_FRAME];
  frame[0] = 1;
  function(argument);
  return frame[0];
}
