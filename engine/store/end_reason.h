// Why tracing was over before the program was.
#pragma once

#include <cstdint>

namespace heapreel::engine {

enum class EndReason : uint32_t {
  kNotEnded,
  kOverload,  // the ring budget was spent and nobody drained in time
  kMemory,    // the memory budget, or address space, was spent
  kTooManyThreads,
  kDetached,  // the recording process followed it no further
  kStuck,     // a thread of the program was stopped, or left by a signal handler, inside heapreel
  kCounter,   // states frozen since traces were cleared, or game frames, came near 2^32
  kDamaged,   // the memory that the program shares with its recording holds what heapreel does not write there
};
inline constexpr EndReason kLastEndReason = EndReason::kDamaged;

}  // namespace heapreel::engine
