// CPU time of the calling thread: what other programs do on a shared machine does not count.
#pragma once

#include <ctime>

namespace heapreel::bench {

class ThreadTimer {
 public:
  double seconds() const { return now() - begin_; }

 private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  double begin_ = now();
};

}  // namespace heapreel::bench
