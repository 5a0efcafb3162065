// Functions whose instruction mix is known, for the test of tools/dev/checks/hot_path.py. Compiled, never run.
#include <atomic>

namespace sample {

extern int elsewhere(int value);

[[gnu::noinline]] int straight(int value) {
  return value * 3 + 1;
}

[[gnu::noinline]] int branching(const int* value) {
  if (*value > 7) return elsewhere(1) + 1;
  return 0;
}

[[gnu::noinline]] int tail_calling(int value) {
  return elsewhere(value + 1);
}

[[gnu::noinline]] void locking(std::atomic<int>* value) {
  value->fetch_add(1, std::memory_order_relaxed);
}

[[gnu::noinline]] int swapping(std::atomic<int>* value) {
  return value->exchange(5, std::memory_order_relaxed);
}

[[gnu::noinline]] int overloaded(int value) {
  return value + 1;
}
[[gnu::noinline]] int overloaded(long value) {
  return static_cast<int>(value) + 2;
}

}  // namespace sample
