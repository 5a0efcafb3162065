#include "snapshot/grouping.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace heapreel {
namespace {

// Sums by group number. Unsigned arithmetic: differences below zero wrap and come right when added.
struct Sum {
  uint64_t size = 0;
  uint64_t count = 0;
};

Grouping in_order(Grouping rows) {
  std::sort(rows.begin(), rows.end(), [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); });
  return rows;
}

using Changes = std::unordered_map<uint32_t, Sum>;

void add(Changes& changes, std::span<const uint32_t> groups, uint64_t size, uint64_t count) {
  for (const uint32_t group : groups) {
    Sum& sum = changes[group];
    sum.size += size;
    sum.count += count;
  }
}

// What `new_set` has more than `old_set`, by group; nothing where the sets cannot tell.
std::optional<Changes> collect_changes(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  Changes changes;
  const auto visit_site = [&](const SiteRow* old_row, const SiteRow* new_row) {
    // Most rows of a page that was written are still the same.
    if (old_row && new_row && old_row->live_bytes == new_row->live_bytes &&
        old_row->live_blocks == new_row->live_blocks) {
      return;
    }
    if (old_row && old_row->live_blocks) {
      add(changes, table.groups_of(*old_row), 0 - old_row->live_bytes, 0 - old_row->live_blocks);
    }
    if (new_row && new_row->live_blocks) {
      add(changes, table.groups_of(*new_row), new_row->live_bytes, new_row->live_blocks);
    }
  };
  const auto visit_block = [&](const BlockRow& row, bool added) {
    add(changes, table.groups_of(row), added ? row.size : 0 - row.size, added ? uint64_t{1} : ~uint64_t{0});
  };
  const bool known = table.key().is_per_block() ? new_set.for_each_block_difference(old_set, visit_block)
                                                : new_set.for_each_site_difference(old_set, visit_site);
  if (!known) return std::nullopt;
  std::erase_if(changes, [](const auto& change) { return change.second.size == 0 && change.second.count == 0; });
  return changes;
}

}  // namespace

bool GroupRow::comes_before(const GroupRow& other) const {
  if (size != other.size) return size > other.size;
  if (count != other.count) return count > other.count;
  return *traceback > *other.traceback;
}

Grouping group_all(const TraceSet& set, GroupTable& table) {
  std::lock_guard lock(table.mutex());
  std::vector<Sum> sums;
  const auto add_to = [&](std::span<const uint32_t> groups, uint64_t size, uint64_t count) {
    if (sums.size() < table.size()) sums.resize(table.size());
    for (const uint32_t group : groups) {
      sums[group].size += size;
      sums[group].count += count;
    }
  };
  if (table.key().is_per_block()) {
    set.for_each_block([&](const BlockRow& block) { add_to(table.groups_of(block), block.size, 1); });
  } else {
    set.for_each_site([&](const SiteRow& site) {
      if (site.live_blocks) add_to(table.groups_of(site), site.live_bytes, site.live_blocks);
    });
  }
  Grouping rows;
  for (uint32_t group = 0; group < sums.size(); ++group) {
    const Sum& sum = sums[group];
    if (sum.count != 0) rows.push_back({&table.group(group), sum.size, sum.count, group});
  }
  return in_order(std::move(rows));
}

std::optional<Grouping> regroup(const Grouping& from, const TraceSet& old_set, const TraceSet& new_set,
                                Direction direction, GroupTable& table) {
  std::lock_guard lock(table.mutex());
  std::optional<Changes> changes = collect_changes(old_set, new_set, table);
  if (!changes) return std::nullopt;
  if (direction == Direction::kBackward) {
    for (auto& [group, sum] : *changes) sum = {0 - sum.size, 0 - sum.count};
  }

  // Untouched rows keep their order; only the changed ones are sorted, and the two merged.
  Grouping untouched, changed;
  untouched.reserve(from.size());
  std::vector<bool> is_changed(table.size());
  for (const auto& [group, sum] : *changes) is_changed[group] = true;
  for (const GroupRow& row : from) {
    if (!is_changed[row.group]) {
      untouched.push_back(row);
      continue;
    }
    Sum& sum = changes->at(row.group);
    sum.size += row.size;
    sum.count += row.count;
  }
  for (const auto& [group, sum] : *changes) {
    if (sum.count != 0) changed.push_back({&table.group(group), sum.size, sum.count, group});
  }
  changed = in_order(std::move(changed));
  Grouping rows;
  rows.reserve(untouched.size() + changed.size());
  std::merge(untouched.begin(), untouched.end(), changed.begin(), changed.end(), std::back_inserter(rows),
             [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); });
  return rows;
}

}  // namespace heapreel
