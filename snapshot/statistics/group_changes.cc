#include "snapshot/statistics/group_changes.h"

#include <algorithm>

namespace heapreel {

std::optional<GroupChanges> GroupChanges::between(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  GroupChanges changes(table);
  const bool known =
      table.key().is_per_block() ? changes.add_blocks(old_set, new_set) : changes.add_sites(old_set, new_set);
  if (!known) return std::nullopt;
  return changes;
}

bool GroupChanges::add_blocks(const TraceSet& old_set, const TraceSet& new_set) {
  return new_set.for_each_block_difference(old_set, [&](const BlockRow& row, bool added) {
    const GroupSum block{row.size, 1};
    add(table_.groups_of(row), added ? block : GroupSum{} - block);
  });
}

// All sites are collected first, and then the groups of all of them are looked up, so that the processor can wait for
// many entries of the table at once.
bool GroupChanges::add_sites(const TraceSet& old_set, const TraceSet& new_set) {
  struct SiteChange {
    uint32_t site;
    bool is_in_new;
    GroupSum growth;
  };
  std::vector<SiteChange> sites;
  const auto visit = [&](uint32_t site, SiteSum before, SiteSum after) {
    if (before == after) return;
    const GroupSum growth{after.live_bytes - before.live_bytes, after.live_blocks - before.live_blocks};
    sites.push_back({site, after.live_blocks != 0, growth});
  };
  if (!new_set.for_each_site_difference(old_set, visit)) return false;
  list_.reserve(std::min(sites.size(), table_.size()));
  for (const SiteChange& change : sites) {
    add(table_.groups_of_site(change.site, change.is_in_new ? new_set : old_set), change.growth);
  }
  return true;
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
