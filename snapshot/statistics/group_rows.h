// Sums by group, found by the group's number. They are put in order when somebody asks for that.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "snapshot/model/group_tracebacks.h"
#include "snapshot/statistics/sorted_groups.h"

namespace heapreel {

// Immutable except for the order, which a mutex guards. Any thread.
class GroupRows {
 public:
  // `sums` are by group; those without blocks count as absent. `nearest` has many of the same, in order.
  GroupRows(std::vector<GroupSum> sums, std::shared_ptr<const GroupTracebacks> tracebacks,
            std::shared_ptr<const SortedGroups> nearest = nullptr);

  const std::shared_ptr<const GroupTracebacks>& tracebacks() const { return tracebacks_; }
  // The sum of a group; zero when it is absent.
  GroupSum sum_of(uint32_t group) const { return group < sums_.size() ? sums_[group] : GroupSum{}; }
  // Calls visit(const GroupRow&) for groups that have blocks, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (uint32_t group = 0; group < sums_.size(); ++group) {
      if (sums_[group].count != 0) visit(GroupRow{tracebacks_->at(group), sums_[group], group});
    }
  }

  // A copy of the rows in which each change replaces the row of its group.
  std::shared_ptr<const GroupRows> changed_by(std::span<const GroupRow> changes) const;
  // Sorts at the first call. The cost follows what differs from the nearest rows whose order was known when these were
  // made.
  std::shared_ptr<const SortedGroups> sorted() const;

 private:
  std::shared_ptr<const SortedGroups> in_order() const;

  const std::vector<GroupSum> sums_;
  const std::shared_ptr<const GroupTracebacks> tracebacks_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const SortedGroups> nearest_;  // until these are sorted
  mutable std::shared_ptr<const SortedGroups> sorted_;
};

}  // namespace heapreel
