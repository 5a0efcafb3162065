// Pairs through the hooks of a process that is not traced, beside mimalloc's own: idle_hooks_probe plain|malloc|new for
// valgrind's callgrind to count (instruction_budgets.py), idle_hooks_probe time for their times in turn.
#include <mimalloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "bench/callgrind_region.h"
#include "bench/thread_timer.h"

namespace heapreel::bench {
namespace {

constexpr int kPairs = 1000;
constexpr int kBatches = 2000;

void plain_pairs() {
  for (int i = 0; i < kPairs; ++i) mi_free(mi_malloc(64));
}

// Compiled with -fno-builtin: the pairs are made.
void malloc_pairs() {
  for (int i = 0; i < kPairs; ++i) std::free(std::malloc(64));
}

void new_pairs() {
  for (int i = 0; i < kPairs; ++i) ::operator delete(::operator new(64));
}

// The faster quarter of many batches, taken in turn: a busy machine only ever adds time.
void print_times() {
  void (*const works[])() = {plain_pairs, malloc_pairs, new_pairs};
  std::vector<double> times[3];
  for (int batch = 0; batch < kBatches; ++batch) {
    for (int i = 0; i < 3; ++i) {
      const ThreadTimer timer;
      works[i]();
      times[i].push_back(timer.seconds() * 1e9 / kPairs);
    }
  }
  for (auto& each : times) std::nth_element(each.begin(), each.begin() + kBatches / 4, each.end());
  std::printf("mimalloc %.2f ns, malloc and free %.2f ns, new and delete %.2f ns a pair\n", times[0][kBatches / 4],
              times[1][kBatches / 4], times[2][kBatches / 4]);
}

int run(const char* what) {
  void (*work)() = nullptr;
  if (std::strcmp(what, "plain") == 0) work = plain_pairs;
  if (std::strcmp(what, "malloc") == 0) work = malloc_pairs;
  if (std::strcmp(what, "new") == 0) work = new_pairs;
  if (work == nullptr) {
    if (std::strcmp(what, "time") != 0) return 2;
    print_times();
    return 0;
  }
  work();
  count(work);
  return 0;
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  return argc == 2 ? heapreel::bench::run(argv[1]) : 2;
}
