// One region of a program for valgrind's callgrind to count (callgrind.py runs it).
#pragma once

#include <valgrind/callgrind.h>

namespace heapreel::bench {

// Counts what `work` does, and only that.
template <class Work>
void count(Work&& work) {
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_TOGGLE_COLLECT;
  work();
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_STOP_INSTRUMENTATION;
}

}  // namespace heapreel::bench
