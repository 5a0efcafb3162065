// The patterns that are hard on a tracer, for valgrind's callgrind to count: many call sites, many live blocks, frames
// without unwind tables. pattern_probe PATTERN plain|recorded|granules LIVE; pattern_budgets.py runs it.
//
//     churn   20 call sites 12 frames deep over LIVE blocks of 16 to 4,096 bytes
//     game    40 call sites 8 to 30 frames deep over such blocks
//     hub     the same 12 deep, all through one allocation function of the program: their stacks begin alike
//     level   the first LIVE blocks of `game`, none freed
//     jit     one block at a time, below five frames of code without unwind tables
//
// plain is mimalloc alone. recorded is what the hooks do over it, granules what they do over an allocator that the engine
// knows nothing of. The consolidator does not run in the counted part: what is counted is the thread that allocates.
#include <mimalloc.h>

#include <cstring>

#include "bench/callgrind_region.h"
#include "bench/loops/churning_blocks.h"
#include "bench/named_work.h"
#include "bench/traced_pairs.h"
#include "bench/tracer_setup.h"
#include "bench/untabled_code.h"
#include "hooks/backend/mimalloc_layout.h"

namespace heapreel::bench {
namespace {

constexpr uint64_t kPairs = 20'000;

// Counts `work` after as much of it has filled the simulated caches.
template <class Work>
void count_warm(Work&& work) {
  CALLGRIND_START_INSTRUMENTATION;
  work();
  CALLGRIND_TOGGLE_COLLECT;
  work();
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_STOP_INSTRUMENTATION;
}

template <loops::AllocateFunction kAllocate, loops::FreeFunction kFree, int kSites, int kLeast, int kMost>
void churn(uint64_t live) {
  loops::ChurningBlocks<kAllocate, kFree, kSites, kLeast, kMost> blocks(live);
  blocks.replace(kPairs);
  if (engine::tracing()) TracerSetup::round();
  count_warm([&] { blocks.replace(kPairs); });
}

// As an engine's own allocation function does.
template <loops::AllocateFunction kAllocate>
[[gnu::noinline]] void* allocate_for_all(size_t size) {
  void* p = kAllocate(size);
  loops::escape(p);
  return p;
}

template <loops::AllocateFunction kAllocate>
void level(uint64_t live) {
  count([live] { loops::ChurningBlocks<kAllocate, mi_free, 40, 8, 30> blocks(live); });
}

template <loops::AllocateFunction kAllocate, loops::FreeFunction kFree>
void jit(uint64_t) {
  const UntabledCode code(5, kAllocate);
  count_warm([&code] {
    for (uint64_t i = 0; i < kPairs; ++i) kFree(code(40 + i % 64));
  });
}

template <loops::AllocateFunction kAllocate, loops::FreeFunction kFree>
int run(const char* pattern, uint64_t live) {
  return run_named({{"churn", churn<kAllocate, kFree, 20, 12, 12>},
                    {"game", churn<kAllocate, kFree, 40, 8, 30>},
                    {"hub", churn<allocate_for_all<kAllocate>, kFree, 40, 12, 12>},
                    {"level", level<kAllocate>},
                    {UntabledCode::is_supported() ? "jit" : "", jit<kAllocate, kFree>}},
                   pattern, live);
}

}  // namespace
}  // namespace heapreel::bench

int main(int argc, char** argv) {
  using namespace heapreel::bench;
  if (argc != 4) return 2;
  const uint64_t live = std::strtoull(argv[3], nullptr, 10);
  if (std::strcmp(argv[2], "plain") == 0) return run<mi_malloc, mi_free>(argv[1], live);
  const bool knows_mimalloc = std::strcmp(argv[2], "recorded") == 0;
  if (!knows_mimalloc && std::strcmp(argv[2], "granules") != 0) return 2;
  if (knows_mimalloc) heapreel::hooks::backend::describe_mimalloc();
  TracerSetup tracer(false);
  return run<traced_malloc, traced_free>(argv[1], live);
}
