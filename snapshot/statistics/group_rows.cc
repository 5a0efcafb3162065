#include "snapshot/statistics/group_rows.h"

#include <algorithm>
#include <utility>

namespace heapreel {

GroupRows::GroupRows(std::vector<GroupRow> rows, std::shared_ptr<const SortedGroups> nearest)
    : rows_(std::move(rows)), nearest_(std::move(nearest)) {
  for (uint32_t position = 0; position < rows_.size(); ++position) note_position(position);
}

void GroupRows::note_position(uint32_t position) {
  const uint32_t group = rows_[position].group;
  if (group >= positions_.size()) positions_.resize(group + size_t{1}, kAbsent);
  positions_[group] = position;
}

std::shared_ptr<const GroupRows> GroupRows::changed_by(std::span<const GroupRow> changes) const {
  const auto changed = std::make_shared<GroupRows>(std::vector<GroupRow>());
  changed->rows_.reserve(rows_.size() + changes.size());
  changed->rows_ = rows_;
  changed->positions_ = positions_;
  for (const GroupRow& change : changes) {
    if (change.group < positions_.size() && positions_[change.group] != kAbsent) {
      changed->rows_[positions_[change.group]].sum = change.sum;
    } else {
      changed->rows_.push_back(change);
      changed->note_position(static_cast<uint32_t>(changed->rows_.size() - 1));
    }
  }
  std::lock_guard lock(mutex_);
  changed->nearest_ = sorted_ ? sorted_ : nearest_;
  return changed;
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
    rows.reserve(rows_.size());
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
