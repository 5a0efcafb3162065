// Tells the monotonic time of an event for which only the processor's ticks were read: reading the clock touches a
// dozen cache lines of code and pages, which the caller of take_snapshot() is spared.
//
// Each event lies between two readings of both clocks, and the time that is told for it always lies between the same
// two. Ticks may jump, between sockets or after a move to another machine. Even then the time is wrong by at most a
// round of the consolidator. Owner: the holder of the consolidation lock.
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

  // The next calls ask about events that happened before `now`, and after the reading before it.
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
