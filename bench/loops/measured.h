// What a loop measured of itself.
#pragma once

#include <cstdint>
#include <ctime>

namespace heapreel::bench::loops {

// An event is one malloc or one free. Times are nanoseconds; the CPU time is the sum over the loop's threads.
struct Measured {
  uint64_t events = 0;
  double cpu_ns = 0;
  double wall_ns = 0;
  int threads = 1;
  // Of the CPU time of one game frame, in microseconds; 0 for loops without game frames.
  double game_frame_p50_us = 0;
  double game_frame_p99_us = 0;
};

inline double nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

inline double thread_cpu_ns() {
  return nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

inline double wall_ns() {
  return nanoseconds(CLOCK_MONOTONIC);
}

}  // namespace heapreel::bench::loops
