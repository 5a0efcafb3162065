// A program that defines operator new itself: over malloc with HANDS_ON, else over a pool of its own.
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#ifdef HANDS_ON
void* operator new(size_t n) {
  void* const p = std::malloc(n);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void operator delete(void* p) noexcept {
  std::free(p);
}
#else
alignas(16) static char pool[1 << 20];
static size_t used;

void* operator new(size_t n) {
  void* const p = pool + used;
  used += (n + 15) & ~size_t{15};
  if (used > sizeof pool) abort();
  return p;
}
void operator delete(void*) noexcept {}
#endif
void operator delete(void* p, size_t) noexcept {
  operator delete(p);
}

int main() {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "done\n";
  return write(1, text.data(), 5) == 5 ? 0 : 1;
}
