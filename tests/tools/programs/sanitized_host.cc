// A program with a sanitizer that links a libheapreel without one: start() says why it cannot trace, and all goes on.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <cstdio>
#include <cstring>
#include <new>

int main() {
  try {
    heapreel::start();
  } catch (const std::bad_alloc& error) {
    const bool is_true = std::strstr(error.what(), "built with a sanitizer") != nullptr;
    if (!is_true) std::fprintf(stderr, "start() said: %s\n", error.what());
    const bool fails_in_c = heapreel_start(nullptr) == HEAPREEL_FAILED;
    return is_true && fails_in_c && !heapreel::is_tracing() ? 0 : 2;
  }
  std::fprintf(stderr, "start() said nothing\n");
  return 1;
}
