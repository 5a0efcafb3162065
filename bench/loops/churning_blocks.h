// A set of live blocks of which one after the other is freed and replaced.
#pragma once

#include "bench/loops/call_chain.h"
#include "bench/loops/mapped_array.h"
#include "bench/loops/random_sizes.h"

namespace heapreel::bench::loops {

// Blocks of 16 to 4,096 bytes from kSites call sites, kLeast to kMost frames deep. They stay when the object goes: it is
// the process that ends then.
template <AllocateFunction kAllocate, FreeFunction kFree, int kSites, int kLeast, int kMost>
class ChurningBlocks {
 public:
  explicit ChurningBlocks(uint64_t live) : blocks_(live), live_(live) {
    for (void*& block : blocks_) block = any_block();
  }

  // Frees and makes `count` blocks.
  void replace(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      void*& block = blocks_[random_.next_below(live_)];
      kFree(block);
      block = any_block();
    }
  }

 private:
  static constexpr Sites<kSites> kAllocateAt = call_sites<kAllocate, kSites, kLeast, kMost>();

  void* any_block() {
    const uint64_t chosen = random_.next();
    void* p = kAllocateAt.at[(chosen >> 16) % kSites](sizes_.choose(chosen));
    *static_cast<volatile uint64_t*>(p) = chosen;
    return p;
  }

  const SizeTable sizes_{16, 4096};
  Random random_;
  MappedArray<void*> blocks_;
  const uint64_t live_;
};

}  // namespace heapreel::bench::loops
