// Monotonic time of something that took only the processor's ticks: the clock's code and pages are a dozen cache lines
// that the caller of take_snapshot() need not touch.
//
// What is asked for lies between two readings of both clocks. The answer never leaves them, so that ticks which jump,
// as those of another socket or after a move to another machine may, are wrong by a round at most. Owner: the holder of
// the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/memory/platform.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine {

class TickClock {
 public:
  struct Reading {
    uint64_t ticks;
    uint64_t ns;
  };

  static Reading now() { return {.ticks = cpu::ticks(), .ns = platform::monotonic_ns()}; }

  explicit TickClock(Reading begin) : older_(begin), newer_(begin) {}

  // Everything asked for from here on happened before `now`, and nothing of it before the reading before.
  void read(Reading now) {
    older_ = newer_;
    newer_ = now;
  }

  uint64_t ns_at(uint64_t ticks) const {
    if (ticks <= older_.ticks) return older_.ns;
    if (ticks >= newer_.ticks) return newer_.ns;
    const auto share = static_cast<double>(ticks - older_.ticks) / static_cast<double>(newer_.ticks - older_.ticks);
    return older_.ns + static_cast<uint64_t>(share * static_cast<double>(newer_.ns - older_.ns));
  }

 private:
  Reading older_;
  Reading newer_;
};

}  // namespace heapreel::engine
