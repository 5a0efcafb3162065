// Time as a test wants it: hours of a game pass in a second.
#pragma once

#include <cstdint>

namespace heapreel::engine::platform {

// From here on monotonic_ns() is what `now_ns` returns, on every thread; null: the system's time again. Set it while
// nothing is traced.
void set_clock_for_test(uint64_t (*now_ns)());

}  // namespace heapreel::engine::platform
