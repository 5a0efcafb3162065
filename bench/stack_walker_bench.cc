// What one capture costs: our walk and libunwind's cached one, in the same run, at depths of real programs.
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {
namespace {

StackWalker* walker() {
  static auto* const instance = static_cast<StackWalker*>(
      mmap(nullptr, sizeof(StackWalker), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  return instance;
}

[[gnu::noinline]] uint32_t capture_ours(uintptr_t* pcs) {
  return walker()->walk(HEAPREEL_WALK_START(), StackWalker::kMaxLimit, pcs).depth;
}

[[gnu::noinline]] uint32_t capture_libunwind(uintptr_t* pcs) {
  return static_cast<uint32_t>(unw_backtrace(reinterpret_cast<void**>(pcs), StackWalker::kMaxLimit));
}

using CaptureFunction = uint32_t (*)(uintptr_t*);

// Two functions that call each other, so that frames differ as in real stacks.
void descend_odd(int64_t levels, benchmark::State& state, CaptureFunction capture);

// The same stack every time.
[[gnu::noinline]] void repeat(benchmark::State& state, CaptureFunction capture) {
  static uintptr_t pcs[StackWalker::kMaxLimit];
  uint32_t depth = 0;
  for (auto _ : state) {
    depth = capture(pcs);
    benchmark::DoNotOptimize(pcs[0]);
  }
  state.counters["depth"] = depth;
}

[[gnu::noinline]] void descend_even(int64_t levels, benchmark::State& state, CaptureFunction capture) {
  if (levels <= 0) {
    repeat(state, capture);
  } else {
    descend_odd(levels - 1, state, capture);
  }
  asm volatile("" ::: "memory");
}

[[gnu::noinline]] void descend_odd(int64_t levels, benchmark::State& state, CaptureFunction capture) {
  char frame[48];
  benchmark::DoNotOptimize(frame);
  descend_even(levels - 1, state, capture);
  asm volatile("" ::: "memory");
}

// Depth of the stack below this benchmark's own frames: main, the library, the descent.
constexpr int64_t kOuterFrames = 12;

void BM_walk(benchmark::State& state) {
  descend_even(state.range(0) - kOuterFrames, state, capture_ours);
}
void BM_unw_backtrace(benchmark::State& state) {
  descend_even(state.range(0) - kOuterFrames, state, capture_libunwind);
}

BENCHMARK(BM_walk)->Arg(8)->Arg(30)->Arg(60);
BENCHMARK(BM_unw_backtrace)->Arg(8)->Arg(30)->Arg(60);

}  // namespace
}  // namespace heapreel::engine

BENCHMARK_MAIN();
