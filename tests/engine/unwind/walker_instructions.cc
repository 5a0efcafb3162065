// Captures one stack, or stacks that share nothing, a given number of times, for counting instructions under
// callgrind.
//
// usage: walker_instructions same|different CAPTURES
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {
namespace {

constexpr int kDepth = 30;
StackWalker* g_walker = nullptr;

[[gnu::noinline]] WalkResult capture() {
  static uintptr_t pcs[StackWalker::kMaxLimit];
  return g_walker->walk_unless_repeated(HEAPREEL_WALK_START(), kDepth, pcs);
}

[[gnu::noinline]] uint32_t descend(int levels, long captures) {
  uint32_t depth = 0;
  if (levels == 0) {
    for (long i = 0; i < captures; ++i) depth = capture().depth;
  } else {
    depth = descend(levels - 1, captures);
  }
  asm volatile("" : "+r"(depth));
  return depth;
}

// Every capture starts at another stack address, so that no frame's state is known.
[[gnu::noinline]] uint32_t descend_elsewhere(long place) {
  void* const shift = __builtin_alloca(static_cast<size_t>(16 + 16 * (place % 1024)));
  asm volatile("" : : "r"(shift) : "memory");
  return descend(kDepth, 1);
}

}  // namespace
}  // namespace heapreel::engine

int main(int argc, char** argv) {
  using namespace heapreel::engine;
  if (argc != 3) return 2;
  g_walker = static_cast<StackWalker*>(
      mmap(nullptr, sizeof(StackWalker), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  const long captures = std::atol(argv[2]);
  uint32_t depth = 0;
  if (std::strcmp(argv[1], "same") == 0) {
    depth = descend(kDepth, captures);
  } else {
    for (long i = 0; i < captures; ++i) depth = descend_elsewhere(i);
  }
  return depth == kDepth ? 0 : 1;
}
