// What Snapshot::compare_to() returns.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include <heapreel/element_iterator.h>
#include <heapreel/export.h>
#include <heapreel/statistic.h>

namespace heapreel {

class Comparison;

// A sequence of StatisticDiff that is used as Python's list. Rows are made when they are accessed, and returned by
// value, because two game frames differ in few of thousands of groups, and readers look at the first ones. Convert it
// to a vector to have all rows, or to change them.
//
// Immutable and cheap to copy. Any thread. It outlives the snapshots that were compared.
class HEAPREEL_API StatisticDiffs {
 public:
  using const_iterator = ElementIterator<StatisticDiffs, StatisticDiff>;
  using value_type = StatisticDiff;

  explicit StatisticDiffs(std::shared_ptr<const Comparison> comparison);

  size_t size() const;
  bool empty() const { return size() == 0; }
  const_iterator begin() const { return const_iterator(this, 0); }
  const_iterator end() const { return const_iterator(this, size()); }

  // A negative index counts from the end. Throws std::out_of_range("list index out of range").
  StatisticDiff operator[](ptrdiff_t index) const;
  // Python's [start:stop]: bounds are clipped, negative ones count from the end.
  std::vector<StatisticDiff> slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const;
  // All rows.
  operator std::vector<StatisticDiff>() const;

  // Whether both have the same rows in the same order.
  friend HEAPREEL_API bool operator==(const StatisticDiffs& a, const StatisticDiffs& b);
  friend HEAPREEL_API bool operator==(const StatisticDiffs& a, const std::vector<StatisticDiff>& b);

 private:
  friend const_iterator;
  StatisticDiff at(size_t position) const;

  std::shared_ptr<const Comparison> comparison_;
};

}  // namespace heapreel
