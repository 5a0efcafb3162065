// A tracer inside a benchmark, with rounds driven by the benchmark or by the background thread.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "engine/consolidate/consolidator.h"
#include "engine/consolidate/tracer_state.h"
#include "engine/tracer/tracer.h"

namespace heapreel::bench {

inline void require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "benchmark cannot go on: %s\n", what);
  std::exit(1);
}

// Tracing from construction to destruction. Without a thread nothing is drained but by round().
class TracerSetup {
 public:
  explicit TracerSetup(bool with_thread, engine::TracerOptions options = {}) {
    options.frame_every_ms = 0;
    options.overload = engine::OverloadPolicy::kBlock;
    require(engine::start(options), "the tracer did not start");
    if (with_thread) require(engine::start_consolidator(), "no thread for the consolidator");
  }
  ~TracerSetup() {
    // The last cut: whatever a benchmark measured, nothing of it may be missing.
    round();
    require(engine::traced_memory_estimate().balanced(), "issued != stored + degraded");
    engine::shut_down_for_test();
  }
  TracerSetup(const TracerSetup&) = delete;
  TracerSetup& operator=(const TracerSetup&) = delete;

  static void round() {
    while (!engine::tracer_state()->consolidator->run_round()) {
    }
  }
};

inline constexpr engine::GivenStack kNoStack = {nullptr, 0, false};

}  // namespace heapreel::bench
