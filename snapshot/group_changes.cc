#include "snapshot/group_changes.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

namespace heapreel {
namespace {

// Sums per group that was touched, in order of first touch. The table's notes are places in these.
class Growth {
 public:
  explicit Growth(GroupTable& table) : table_(table) {}
  ~Growth() {
    for (const GroupChange& change : changes_) table_.note_of(change.group) = GroupTable::kUnnoted;
  }
  Growth(const Growth&) = delete;
  Growth& operator=(const Growth&) = delete;

  void add(std::span<const uint32_t> groups, GroupSum growth) {
    for (const uint32_t group : groups) {
      uint32_t& place = table_.note_of(group);
      if (place == GroupTable::kUnnoted) {
        changes_.push_back({table_.group(group), group, growth});
        place = static_cast<uint32_t>(changes_.size() - 1);
      } else {
        GroupSum& sum = changes_[place].growth;
        sum = sum + growth;
      }
    }
  }

  // Without groups in which what came and what went cancel out.
  std::vector<GroupChange> changes() const {
    std::vector<GroupChange> changes;
    changes.reserve(changes_.size());
    for (const GroupChange& change : changes_) {
      if (change.growth != GroupSum{}) changes.push_back(change);
    }
    return changes;
  }

 private:
  GroupTable& table_;
  std::vector<GroupChange> changes_;
};

}  // namespace

std::optional<std::vector<GroupChange>> collect_changes(const TraceSet& old_set, const TraceSet& new_set,
                                                        GroupTable& table) {
  std::lock_guard lock(table.mutex());
  Growth growth(table);
  const auto visit_site = [&](const SiteRow* old_row, const SiteRow* new_row) {
    const GroupSum before = old_row ? GroupSum{old_row->live_bytes, old_row->live_blocks} : GroupSum{};
    const GroupSum after = new_row ? GroupSum{new_row->live_bytes, new_row->live_blocks} : GroupSum{};
    // A site's key never changes, and most rows of a page that was written are still the same.
    if (before != after) growth.add(table.groups_of(new_row ? *new_row : *old_row), after - before);
  };
  const auto visit_block = [&](const BlockRow& row, bool added) {
    const GroupSum block{row.size, 1};
    growth.add(table.groups_of(row), added ? block : GroupSum{} - block);
  };
  const bool known = table.key().is_per_block() ? new_set.for_each_block_difference(old_set, visit_block)
                                                : new_set.for_each_site_difference(old_set, visit_site);
  if (!known) return std::nullopt;
  return growth.changes();
}

std::vector<ChangedGroup> complete_changes(const std::vector<GroupChange>& changes, const Grouping& known,
                                           KnownSide side) {
  std::vector<ChangedGroup> changed;
  changed.reserve(changes.size());
  for (const GroupChange& change : changes) {
    const uint32_t position = known.position_of(change.group);
    const GroupSum sum = position == Grouping::kAbsent ? GroupSum{} : known.rows()[position].sum;
    const bool is_old = side == KnownSide::kOld;
    changed.push_back({change.traceback, change.group, position, is_old ? sum : sum - change.growth,
                       is_old ? sum + change.growth : sum});
  }
  return changed;
}

std::vector<uint32_t> positions_in_known(const std::vector<ChangedGroup>& changed) {
  std::vector<uint32_t> positions;
  positions.reserve(changed.size());
  for (const ChangedGroup& group : changed) {
    if (group.position != Grouping::kAbsent) positions.push_back(group.position);
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

std::shared_ptr<const Grouping> derive_other_side(std::shared_ptr<const Grouping> known, KnownSide side,
                                                  const std::vector<ChangedGroup>& changed) {
  std::vector<GroupRow> rows;
  rows.reserve(changed.size());
  for (const ChangedGroup& group : changed) {
    const GroupSum& sum = side == KnownSide::kOld ? group.new_sum : group.old_sum;
    if (sum.count != 0) rows.push_back({group.traceback, sum, group.group});
  }
  return std::make_shared<const Grouping>(std::move(known), positions_in_known(changed), std::move(rows));
}

}  // namespace heapreel
