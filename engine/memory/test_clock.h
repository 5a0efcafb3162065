// A clock for tests, in which hours of a game pass in a second.
#pragma once

#include <cstdint>

namespace heapreel::engine::platform {

// From here on monotonic_ns() returns what `now_ns` returns, on every thread; with null, the system's time again. Call
// it only while nothing is traced.
void set_clock_for_test(uint64_t (*now_ns)());

}  // namespace heapreel::engine::platform
