// Sums by group, found by the group's number, and put in order when somebody asks for that.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "snapshot/statistics/sorted_groups.h"

namespace heapreel {

// Immutable but for the order, which a mutex guards; any thread.
class GroupRows {
 public:
  // One row a group, in any order; those without blocks count as absent. `nearest` has many of the same, in order.
  explicit GroupRows(std::vector<GroupRow> rows, std::shared_ptr<const SortedGroups> nearest = nullptr);

  // Zero where absent.
  GroupSum sum_of(uint32_t group) const {
    return group < positions_.size() && positions_[group] != kAbsent ? rows_[positions_[group]].sum : GroupSum{};
  }
  // visit(const GroupRow&) for those that have blocks.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const GroupRow& row : rows_) {
      if (row.sum.count != 0) visit(row);
    }
  }

  // At the cost of a copy. Each change stands for the row of its group.
  std::shared_ptr<const GroupRows> changed_by(std::span<const GroupRow> changes) const;
  // At the first call: of what differs from the nearest rows whose order was known when these were made.
  std::shared_ptr<const SortedGroups> sorted() const;

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  void note_position(uint32_t position);
  std::shared_ptr<const SortedGroups> in_order() const;

  std::vector<GroupRow> rows_;
  std::vector<uint32_t> positions_;  // in rows_, by group
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const SortedGroups> nearest_;  // until these are sorted
  mutable std::shared_ptr<const SortedGroups> sorted_;
};

}  // namespace heapreel
