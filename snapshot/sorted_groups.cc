#include "snapshot/sorted_groups.h"

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

uint32_t SortedGroups::place_of(const GroupRow& row) const {
  const auto [first, last] = std::equal_range(sizes_.begin(), sizes_.end(), row.sum.size, std::greater<>());
  const auto place = std::lower_bound(rows_.begin() + (first - sizes_.begin()), rows_.begin() + (last - sizes_.begin()),
                                      row, [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); });
  return static_cast<uint32_t>(place - rows_.begin());
}

uint32_t SortedGroups::count_larger(uint64_t size) const {
  const auto place = std::lower_bound(sizes_.begin(), sizes_.end(), size, std::greater<>());
  return static_cast<uint32_t>(place - sizes_.begin());
}

}  // namespace heapreel
