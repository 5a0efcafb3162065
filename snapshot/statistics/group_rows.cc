#include "snapshot/statistics/group_rows.h"

#include <algorithm>
#include <utility>

namespace heapreel {

GroupRows::GroupRows(std::vector<GroupSum> sums, std::shared_ptr<const GroupTracebacks> tracebacks,
                     std::shared_ptr<const SortedGroups> nearest)
    : sums_(std::move(sums)), tracebacks_(std::move(tracebacks)), nearest_(std::move(nearest)) {}

std::shared_ptr<const GroupRows> GroupRows::changed_by(std::span<const GroupRow> changes) const {
  std::vector<GroupSum> sums = sums_;
  for (const GroupRow& change : changes) {
    if (change.group >= sums.size()) sums.resize(change.group + size_t{1});
    sums[change.group] = change.sum;
  }
  std::lock_guard lock(mutex_);
  return std::make_shared<const GroupRows>(std::move(sums), tracebacks_, sorted_ ? sorted_ : nearest_);
}

std::shared_ptr<const SortedGroups> GroupRows::sorted() const {
  std::lock_guard lock(mutex_);
  if (!sorted_) {
    sorted_ = in_order();
    nearest_.reset();
  }
  return sorted_;
}

std::shared_ptr<const SortedGroups> GroupRows::in_order() const {
  std::vector<GroupRow> rows;
  if (!nearest_) {
    for_each([&](const GroupRow& row) { rows.push_back(row); });
    std::sort(rows.begin(), rows.end(), [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); });
    return std::make_shared<const SortedGroups>(std::move(rows));
  }
  for (const GroupRow& row : nearest_->rows()) {
    if (sum_of(row.group).count == 0) rows.push_back({row.traceback, {}, row.group});
  }
  for_each([&](const GroupRow& row) {
    const uint32_t position = nearest_->position_of(row.group);
    if (position == SortedGroups::kAbsent || nearest_->rows()[position].sum != row.sum) rows.push_back(row);
  });
  return nearest_->with(rows);
}

}  // namespace heapreel
