#include "snapshot/grouping.h"

#include <algorithm>

namespace heapreel {
namespace {

// More changes than this share of the rows are merged before more are made to them.
constexpr size_t kMostChanges = 32;
constexpr size_t kMostChangesShare = 8;

// Rows between two changes are copied in one piece.
std::vector<GroupRow> merge(const GroupLayers& layers) {
  const std::vector<GroupRow>& from = layers.base->rows();
  std::vector<GroupRow> rows;
  rows.reserve(from.size() - layers.left_out.size() + layers.put_in.size());
  auto next = from.begin();
  auto left_out = layers.left_out.begin();
  const auto copy_up_to = [&](auto end) {
    for (; left_out != layers.left_out.end() && from.begin() + *left_out < end; ++left_out) {
      rows.insert(rows.end(), next, from.begin() + *left_out);
      next = from.begin() + *left_out + 1;
    }
    rows.insert(rows.end(), next, end);
    next = end;
  };
  for (const PlacedRow& placed : layers.put_in) {
    copy_up_to(from.begin() + placed.place);
    rows.push_back(placed.row);
  }
  copy_up_to(from.end());
  return rows;
}

}  // namespace

std::shared_ptr<const Grouping> Grouping::of(const TraceSet& set, GroupTable& table) {
  std::lock_guard lock(table.mutex());
  std::vector<GroupSum> sums;
  const auto add_to = [&](std::span<const uint32_t> groups, GroupSum sum) {
    if (sums.size() < table.size()) sums.resize(table.size());
    for (const uint32_t group : groups) sums[group] = sums[group] + sum;
  };
  if (table.key().is_per_block()) {
    set.for_each_block([&](const BlockRow& block) { add_to(table.groups_of(block), {block.size, 1}); });
  } else {
    set.for_each_site([&](const SiteRow& site) {
      if (site.live_blocks != 0) add_to(table.groups_of(site), {site.live_bytes, site.live_blocks});
    });
  }
  std::vector<GroupRow> rows;
  rows.reserve(sums.size());
  for (uint32_t group = 0; group < sums.size(); ++group) {
    if (sums[group].count != 0) rows.push_back({table.group(group), sums[group], group});
  }
  std::sort(rows.begin(), rows.end(), [](const GroupRow& a, const GroupRow& b) { return a.comes_before(b); });
  return std::make_shared<const Grouping>(GroupLayers{std::make_shared<const SortedGroups>(std::move(rows)), {}, {}},
                                          table.tracebacks());
}

std::shared_ptr<const SortedGroups> Grouping::merged() const {
  if (layers_.changes() == 0) return layers_.base;
  std::lock_guard lock(mutex_);
  if (!merged_) merged_ = std::make_shared<const SortedGroups>(merge(layers_));
  return merged_;
}

GroupLayers Grouping::layers() const {
  const size_t most = kMostChanges + layers_.base->rows().size() / kMostChangesShare;
  return layers_.changes() <= most ? layers_ : GroupLayers{merged(), {}, {}};
}

}  // namespace heapreel
