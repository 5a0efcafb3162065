// Medians of repeated measurements.
#pragma once

#include <algorithm>
#include <vector>

#include "bench/thread_timer.h"

namespace heapreel::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Processor time of one call, in nanoseconds.
template <class Work>
double time_of(Work&& work) {
  const ThreadTimer timer;
  work();
  return timer.seconds() * 1e9;
}

}  // namespace heapreel::bench
