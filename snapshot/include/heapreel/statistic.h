// The rows that Snapshot::statistics() and Snapshot::compare_to() return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <heapreel/export.h>
#include <heapreel/traceback.h>

namespace heapreel {

// One group of live blocks. A plain value; == compares all fields, and there is no order, as in Python.
//
// What `traceback` holds depends on the key: the whole stack for KeyType::traceback, one frame for lineno, one frame
// with lineno 0 for filename, and one Frame::label for the keys that only heapreel has. It has no total_nframe.
struct HEAPREEL_API Statistic {
  Traceback traceback;
  uint64_t size = 0;   // bytes
  uint64_t count = 0;  // blocks; in cumulative mode, occurrences

  size_t hash() const;

  // str(): "b.py:1: size=66 B, count=1, average=66 B"; no average when count is 0.
  std::string to_string() const;
  // repr(): "<Statistic traceback=<Traceback ...> size=66 count=1>".
  std::string repr() const;

  friend bool operator==(const Statistic&, const Statistic&) = default;
};

// One group in two snapshots: the new one's values, and new minus old.
struct HEAPREEL_API StatisticDiff {
  Traceback traceback;
  uint64_t size = 0;       // bytes in the new snapshot
  int64_t size_diff = 0;   // bytes
  uint64_t count = 0;      // blocks in the new snapshot
  int64_t count_diff = 0;  // blocks

  size_t hash() const;

  // str(): "a.py:5: size=5002 B (+5000 B), count=2 (+1), average=2501 B".
  std::string to_string() const;
  // repr(): "<StatisticDiff traceback=<Traceback ...> size=5002 (+5000) count=2 (+1)>".
  std::string repr() const;

  friend bool operator==(const StatisticDiff&, const StatisticDiff&) = default;
};

}  // namespace heapreel

template <>
struct std::hash<heapreel::Statistic> {
  size_t operator()(const heapreel::Statistic& statistic) const { return statistic.hash(); }
};

template <>
struct std::hash<heapreel::StatisticDiff> {
  size_t operator()(const heapreel::StatisticDiff& statistic) const { return statistic.hash(); }
};
