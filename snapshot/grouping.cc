#include "snapshot/grouping.h"

#include <algorithm>
#include <utility>

namespace heapreel {
namespace {

bool in_order(const GroupRow& a, const GroupRow& b) {
  return a.comes_before(b);
}

}  // namespace

bool GroupRow::comes_before(const GroupRow& other) const {
  if (sum.size != other.sum.size) return sum.size > other.sum.size;
  if (sum.count != other.sum.count) return sum.count > other.sum.count;
  return *traceback > *other.traceback;
}

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
  return std::make_shared<const Grouping>(std::move(rows), table.tracebacks());
}

Grouping::Grouping(std::vector<GroupRow> rows, std::shared_ptr<const GroupTracebacks> tracebacks)
    : tracebacks_(std::move(tracebacks)), rows_(std::move(rows)) {
  std::sort(rows_.begin(), rows_.end(), in_order);
}

Grouping::Grouping(std::shared_ptr<const Grouping> base, std::vector<uint32_t> left_out, std::vector<GroupRow> put_in)
    : tracebacks_(base->tracebacks()),
      base_(std::move(base)),
      left_out_(std::move(left_out)),
      put_in_(std::move(put_in)) {}

const std::vector<GroupRow>& Grouping::rows() const {
  std::call_once(merged_, [this] {
    if (base_) merge();
  });
  return rows_;
}

// Rows between two changes are copied in one piece: few change from one game frame to the next.
void Grouping::merge() const {
  const std::vector<GroupRow>& from = base_->rows();
  std::sort(put_in_.begin(), put_in_.end(), in_order);
  rows_.reserve(from.size() - left_out_.size() + put_in_.size());
  auto next = from.begin();
  auto left_out = left_out_.begin();
  const auto copy_up_to = [&](auto end) {
    for (; left_out != left_out_.end() && from.begin() + *left_out < end; ++left_out) {
      rows_.insert(rows_.end(), next, from.begin() + *left_out);
      next = from.begin() + *left_out + 1;
    }
    rows_.insert(rows_.end(), next, end);
    next = end;
  };
  for (const GroupRow& row : put_in_) {
    copy_up_to(std::lower_bound(next, from.end(), row, in_order));
    rows_.push_back(row);
  }
  copy_up_to(from.end());
  base_.reset();
  left_out_ = {};
  put_in_ = {};
}

uint32_t Grouping::position_of(uint32_t group) const {
  std::call_once(indexed_, [this] { index(); });
  return group < positions_.size() ? positions_[group] : kAbsent;
}

void Grouping::index() const {
  const std::vector<GroupRow>& all = rows();
  for (uint32_t position = 0; position < all.size(); ++position) {
    const uint32_t group = all[position].group;
    if (group >= positions_.size()) positions_.resize(std::max<size_t>(group + size_t{1}, all.size()), kAbsent);
    positions_[group] = position;
  }
}

}  // namespace heapreel
