#include "bench/loops/churning_blocks.h"
#include "bench/loops/loops.h"

namespace heapreel::bench::loops {

Measured churn(uint64_t live, uint64_t replacements) {
  ChurningBlocks<std::malloc, std::free, 20, 12, 12> blocks(live);
  Measured measured;
  const double cpu = thread_cpu_ns();
  const double wall = wall_ns();
  blocks.replace(replacements);
  measured.cpu_ns = thread_cpu_ns() - cpu;
  measured.wall_ns = wall_ns() - wall;
  measured.events = 2 * replacements;
  return measured;
}

}  // namespace heapreel::bench::loops
