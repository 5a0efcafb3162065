#include "snapshot/statistics/group_changes.h"

namespace heapreel {

std::optional<GroupChanges> GroupChanges::between(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  GroupChanges changes(table);
  const auto visit_site = [&](const SiteRow* old_row, const SiteRow* new_row) {
    const GroupSum before = old_row ? GroupSum{old_row->live_bytes, old_row->live_blocks} : GroupSum{};
    const GroupSum after = new_row ? GroupSum{new_row->live_bytes, new_row->live_blocks} : GroupSum{};
    // A site's key never changes, and most rows of a page that was written are still the same.
    if (before != after) changes.add(table.groups_of(new_row ? *new_row : *old_row), after - before);
  };
  const auto visit_block = [&](const BlockRow& row, bool added) {
    const GroupSum block{row.size, 1};
    changes.add(table.groups_of(row), added ? block : GroupSum{} - block);
  };
  const bool known = table.key().is_per_block() ? new_set.for_each_block_difference(old_set, visit_block)
                                                : new_set.for_each_site_difference(old_set, visit_site);
  if (!known) return std::nullopt;
  return changes;
}

GroupChanges::~GroupChanges() {
  for (const GroupChange& change : list_) table_.note_of(change.group) = kNone;
}

void GroupChanges::add(std::span<const uint32_t> groups, GroupSum growth) {
  for (const uint32_t group : groups) {
    uint32_t& place = table_.note_of(group);
    if (place == kNone) {
      list_.push_back({table_.group(group), group, growth});
      place = static_cast<uint32_t>(list_.size() - 1);
    } else {
      GroupSum& sum = list_[place].growth;
      sum = sum + growth;
    }
  }
}

}  // namespace heapreel
