// The difference of two groupings.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <heapreel/statistic.h>

#include "snapshot/statistics/changed_groups.h"
#include "snapshot/statistics/grouping.h"

namespace heapreel {

// Whether two groupings come from one group table, so that equal numbers mean equal groups.
enum class GroupNumbers : uint8_t { kShared, kUnrelated };

// Every group of either side, in tracemalloc's order of differences.
//
// Groups whose size changed come first, the others in the order of a grouping. So the first rows, at which readers
// look, are found among the changes alone. The other rows are put in order when somebody asks for one of them: those
// that did not change are rows of a grouping, and stay there. A StatisticDiff is made when somebody looks at it.
//
// Immutable; any thread. Keeps the tracebacks of both sides alive.
class Comparison {
 public:
  // Compares two trace sets of one source. The cost grows with the changes.
  Comparison(std::shared_ptr<const Grouping> new_groups, std::vector<ChangedGroup> changed);
  // Compares any two trace sets. The cost grows with the number of groups.
  Comparison(std::shared_ptr<const Grouping> new_groups, const Grouping& old_groups, GroupNumbers numbers);

  size_t size() const { return size_; }
  StatisticDiff operator[](size_t place) const;
  std::vector<StatisticDiff> all() const;

 private:
  enum class Source : uint8_t { kUnchanged, kChanged };
  // Rows that follow one another in their source.
  struct Run {
    uint32_t place;  // position of its first row in the comparison
    uint32_t first;  // position of its first row in the source
    uint32_t count;
    Source source;
  };
  // The order of all rows.
  struct Order {
    std::shared_ptr<const SortedGroups> rows;  // of the new side, with those that changed
    std::vector<ChangedGroup> changed;         // in order
    std::vector<Run> runs;
    size_t size = 0;

    void lay_out();
    void add_run(Source source, size_t first, size_t count);
  };

  void put_first_rows_first();
  const Order& order() const;
  StatisticDiff unchanged(const GroupRow& row) const;
  StatisticDiff changed(const ChangedGroup& group) const;
  StatisticDiff row(const Order& order, const Run& run, uint32_t place) const;

  const std::shared_ptr<const Grouping> new_groups_;
  const std::shared_ptr<const GroupTracebacks> old_tracebacks_;  // of groups that are gone
  std::vector<ChangedGroup> changed_;                            // the first `in_order_` are in order
  size_t in_order_ = 0;
  size_t size_ = 0;
  mutable std::once_flag ordered_;
  mutable Order order_;
};

}  // namespace heapreel
