// What was allocated and freed between two snapshots, including blocks that came and went.
#pragma once

#include <cstdint>
#include <string>

#include <heapreel/export.h>
#include <heapreel/traceback.h>

namespace heapreel {

// One group of Snapshot::churn_since(). A free counts for the group that allocated the block: when the thread `audio`
// allocated a block and the thread `main` frees it, it is a free of `audio`. A realloc is one allocation, for the group
// of the new block, and one free, for the group of the old one.
struct HEAPREEL_API ChurnStatistic {
  Traceback traceback;  // as in Statistic
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t frees = 0;
  uint64_t freed_bytes = 0;
  uint64_t reallocs = 0;  // of `allocs`

  // "a.cc:5: allocs=3 (96 B), frees=2 (64 B)".
  std::string to_string() const;

  friend bool operator==(const ChurnStatistic&, const ChurnStatistic&) = default;
};

}  // namespace heapreel
