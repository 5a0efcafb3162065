#include "snapshot/statistics/sorted_groups.h"

#include <algorithm>
#include <functional>

namespace heapreel {

bool GroupRow::comes_before(const GroupRow& other) const {
  if (sum.size != other.sum.size) return sum.size > other.sum.size;
  if (sum.count != other.sum.count) return sum.count > other.sum.count;
  return *traceback > *other.traceback;
}

SortedGroups::SortedGroups(std::vector<GroupRow> rows) : rows_(std::move(rows)) {
  sizes_.reserve(rows_.size());
  for (const GroupRow& row : rows_) sizes_.push_back(row.sum.size);
}

uint32_t SortedGroups::position_of(uint32_t group) const {
  std::call_once(indexed_, [this] {
    uint32_t most = 0;
    for (const GroupRow& row : rows_) most = std::max(most, row.group);
    positions_.resize(rows_.empty() ? 0 : most + size_t{1}, kAbsent);
    for (uint32_t position = 0; position < rows_.size(); ++position) positions_[rows_[position].group] = position;
  });
  return group < positions_.size() ? positions_[group] : kAbsent;
}

uint32_t SortedGroups::count_larger(uint64_t size) const {
  const auto place = std::lower_bound(sizes_.begin(), sizes_.end(), size, std::greater<>());
  return static_cast<uint32_t>(place - sizes_.begin());
}

std::shared_ptr<const SortedGroups> SortedGroups::with(std::span<const GroupRow> changes) const {
  std::vector<bool> left_out(rows_.size());
  std::vector<GroupRow> put_in;
  put_in.reserve(changes.size());
  for (const GroupRow& change : changes) {
    if (const uint32_t position = position_of(change.group); position != kAbsent) left_out[position] = true;
    if (change.sum.count != 0) put_in.push_back(change);
  }
  const auto in_order = [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); };
  std::sort(put_in.begin(), put_in.end(), in_order);
  std::vector<GroupRow> rows;
  rows.reserve(rows_.size() + put_in.size());
  auto next = put_in.begin();
  for (size_t position = 0; position < rows_.size(); ++position) {
    if (left_out[position]) continue;
    for (; next != put_in.end() && next->comes_before(rows_[position]); ++next) rows.push_back(*next);
    rows.push_back(rows_[position]);
  }
  rows.insert(rows.end(), next, put_in.end());
  return std::make_shared<const SortedGroups>(std::move(rows));
}

}  // namespace heapreel
