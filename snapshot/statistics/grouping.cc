#include "snapshot/statistics/grouping.h"

#include <algorithm>

namespace heapreel {
namespace {

// When there are more changes than this share of the rows, they become rows before more changes are made.
constexpr size_t kMostChanges = 32;
constexpr size_t kMostChangesShare = 8;

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
  const auto has_blocks = [](const GroupSum& sum) { return sum.count != 0; };
  const auto size = static_cast<size_t>(std::count_if(sums.begin(), sums.end(), has_blocks));
  return std::make_shared<const Grouping>(std::make_shared<const GroupRows>(std::move(sums), table.tracebacks()),
                                          std::vector<GroupRow>(), size);
}

Grouping::Grouping(std::shared_ptr<const GroupRows> base, std::vector<GroupRow> changes, size_t size)
    : base_(std::move(base)), changes_(std::move(changes)), size_(size) {}

std::shared_ptr<const GroupRows> Grouping::rows() const {
  if (changes_.empty()) return base_;
  std::lock_guard lock(mutex_);
  if (!rows_) rows_ = base_->changed_by(changes_);
  return rows_;
}

std::shared_ptr<const SortedGroups> Grouping::sorted() const {
  if (changes_.empty()) return base_->sorted();
  std::lock_guard lock(mutex_);
  if (!sorted_) sorted_ = base_->sorted()->with(changes_);  // as the neighbours do
  return sorted_;
}

std::shared_ptr<const Grouping> Grouping::with(std::vector<GroupRow> changes, size_t size) const {
  const size_t most = kMostChanges + size_ / kMostChangesShare;
  if (changes.size() <= most) return std::make_shared<const Grouping>(base_, std::move(changes), size);
  return std::make_shared<const Grouping>(base_->changed_by(changes), std::vector<GroupRow>(), size);
}

}  // namespace heapreel
