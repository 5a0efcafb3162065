// The two snapshots that CPython's test_tracemalloc.py works on.
#pragma once

#include <heapreel/heapreel.h>

namespace heapreel::testing {

inline Trace make_trace(uint32_t domain, uint64_t size, std::vector<Frame> oldest_to_newest, uint32_t total_nframe) {
  Trace trace;
  trace.domain = domain;
  trace.size = size;
  trace.traceback = Traceback(std::move(oldest_to_newest), total_nframe);
  return trace;
}

inline Snapshot first_snapshot() {
  const Trace a2 = make_trace(0, 10, {{"b.py", 4}, {"a.py", 2}}, 3);
  return Snapshot::from_traces({a2, a2, a2, make_trace(1, 2, {{"b.py", 4}, {"a.py", 5}}, 3),
                                make_trace(2, 66, {{"b.py", 1}}, 1), make_trace(3, 7, {{"<unknown>", 0}}, 1)},
                               2);
}

inline Snapshot second_snapshot() {
  const Trace a2 = make_trace(0, 10, {{"b.py", 4}, {"a.py", 2}}, 3);
  return Snapshot::from_traces(
      {a2, a2, a2, make_trace(2, 2, {{"b.py", 4}, {"a.py", 5}}, 3), make_trace(2, 5000, {{"b.py", 4}, {"a.py", 5}}, 3),
       make_trace(4, 400, {{"c.py", 578}}, 1)},
      2);
}

}  // namespace heapreel::testing
