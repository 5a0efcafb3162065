// Built twice with frames of different sizes, but the same code addresses: one library's rules, and its function's
// name, are wrong for the other.
#include <cstddef>

#ifndef RELOADED_FUNCTION
#define RELOADED_FUNCTION call_back
#endif

extern "C" __attribute__((visibility("default"), noinline)) int RELOADED_FUNCTION(void (*function)(void*),
                                                                                  void* argument) {
  volatile char frame[RELOADED_FRAME];
  frame[0] = 1;
  function(argument);
  return frame[0];
}
