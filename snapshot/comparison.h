// What one grouping has over another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <heapreel/statistic.h>

#include "snapshot/changed_layers.h"
#include "snapshot/grouping.h"

namespace heapreel {

// Whether two groupings come from one group table, so that equal numbers mean equal groups.
enum class GroupNumbers : uint8_t { kShared, kUnrelated };

// Every group of either side, in tracemalloc's order of differences.
//
// Without a difference to tell them apart groups are ordered by size, count and traceback, as a grouping is: those that
// did not change are a grouping's rows, where they are. Only the others are held and sorted here, so that a comparison
// of neighbours costs what changed; a StatisticDiff is made when somebody looks at it.
//
// Immutable; any thread. Keeps the tracebacks of both sides alive.
class Comparison {
 public:
  // At the cost of the changes.
  explicit Comparison(ChangedLayers layers);
  // At the cost of all groups.
  Comparison(const Grouping& new_groups, const Grouping& old_groups, GroupNumbers numbers);

  size_t size() const { return size_; }
  StatisticDiff operator[](size_t place) const;
  std::vector<StatisticDiff> all() const;

 private:
  enum class Source : uint8_t { kBase, kPutIn, kChanged };
  // Rows that follow one another in their source.
  struct Run {
    uint32_t place;  // of the first one, in the comparison
    uint32_t first;  // in the source
    uint32_t count;
    Source source;
  };

  void lay_out();
  void add_run(Source source, size_t first, size_t count);
  StatisticDiff row(const Run& run, uint32_t place) const;

  GroupLayers unchanged_;
  std::vector<ChangedGroup> changed_;  // in order
  std::shared_ptr<const GroupTracebacks> new_tracebacks_;
  std::shared_ptr<const GroupTracebacks> old_tracebacks_;  // of groups that are gone
  std::vector<Run> runs_;
  size_t size_ = 0;
};

}  // namespace heapreel
