// An alloc/free pair of mimalloc's, alone and as the hooks surround it, without stack capture.
#pragma once

#include <benchmark/benchmark.h>
#include <mimalloc.h>

#include "bench/thread_timer.h"
#include "bench/tracer_setup.h"

namespace heapreel::bench {

inline constexpr int kPairs = 1000;  // fewer events than a segment holds
inline constexpr size_t kPairSize = 64;

inline void plain_pairs() {
  for (int i = 0; i < kPairs; ++i) {
    void* p = mi_malloc(kPairSize);
    benchmark::DoNotOptimize(p);
    mi_free(p);
  }
}

inline void hooked_pairs() {
  for (int i = 0; i < kPairs; ++i) {
    void* p = mi_malloc(kPairSize);
    benchmark::DoNotOptimize(p);
    if (engine::tracing()) [[likely]]
      engine::record_alloc(0, p, kPairSize, kNoStack);
    if (engine::tracing()) [[likely]]
      engine::record_free(0, p);
    mi_free(p);
  }
}

inline double seconds_of(void (*work)()) {
  const ThreadTimer timer;
  work();
  return timer.seconds();
}

}  // namespace heapreel::bench
