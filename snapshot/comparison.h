// What one grouping has over another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <heapreel/statistic.h>

#include "snapshot/group_changes.h"
#include "snapshot/grouping.h"

namespace heapreel {

// Whether two groupings come from one group table, so that equal numbers mean equal groups.
enum class GroupNumbers : uint8_t { kShared, kUnrelated };

// Every group of either side, in tracemalloc's order of differences.
//
// Groups that did not change are the rows of a grouping, in its order: without a difference to tell them apart they are
// ordered by size, count and traceback, as a grouping is. Only the others are held and sorted here, so that a
// comparison of neighbours costs what changed; a StatisticDiff is made when somebody looks at it.
//
// Immutable; any thread. Keeps the tracebacks of both sides alive.
class Comparison {
 public:
  // At the cost of the changed groups.
  static Comparison of_changes(std::shared_ptr<const Grouping> known, const std::vector<ChangedGroup>& changed);
  // At the cost of all groups.
  static Comparison of_groupings(std::shared_ptr<const Grouping> new_rows, const Grouping& old_rows,
                                 GroupNumbers numbers);

  size_t size() const { return size_; }
  StatisticDiff operator[](size_t place) const;
  std::vector<StatisticDiff> all() const;

 private:
  struct Row {
    const Traceback* traceback;
    GroupSum old_sum;
    GroupSum new_sum;

    bool comes_before(const Row& other) const;
  };
  // Rows that follow one another in their source.
  struct Run {
    uint32_t place;  // of the first one, in the comparison
    uint32_t source;
    uint32_t count;
    bool is_changed;  // `source` counts in changed_, else in the rows of unchanged_
  };

  explicit Comparison(std::shared_ptr<const Grouping> unchanged) : unchanged_(std::move(unchanged)) {}

  void lay_out(const std::vector<uint32_t>& changed_positions);
  void add_run(size_t source, size_t count, bool is_changed);
  StatisticDiff row(const Run& run, uint32_t place) const;

  std::shared_ptr<const Grouping> unchanged_;
  std::shared_ptr<const GroupTracebacks> old_tracebacks_;  // of groups that are gone
  std::vector<Row> changed_;                               // in order
  std::vector<Run> runs_;
  size_t size_ = 0;
};

}  // namespace heapreel
