// Why tracing ended before the program did.
#pragma once

#include <cstdint>

namespace heapreel::engine {

enum class EndReason : uint32_t {
  kNotEnded,
  kOverload,  // the ring budget was spent and nobody drained in time
  kMemory,    // the memory budget, or address space, was spent
  kTooManyThreads,
  kDetached,  // the recording process stopped following it
  kStuck,     // a thread of the program was stopped, or left by a signal handler, inside heapreel
  kCounter,   // the number of frozen states or of game frames came near 2^32
  kDamaged,   // shared memory holds something that heapreel never writes there
};
inline constexpr EndReason kLastEndReason = EndReason::kDamaged;

}  // namespace heapreel::engine
