#include "snapshot/model/group_table.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "snapshot/model/trace_set.h"

namespace heapreel {
namespace {

// Tracers and reels number densely; traces made by hand may have any thread and domain.
constexpr uint32_t kSmallItems = 1 << 20;

}  // namespace

GroupTable::GroupTable(GroupKey key, const TracebackSource& source)
    : key_(std::move(key)), row_(key_row(key_.key_type)), source_(source), frame_picker_(key_.skip_list) {}

std::span<const uint32_t> GroupTable::groups_of(const SiteRow& site) {
  const Entry& entry = entry_of(site.site);
  return entry.count != kUnsorted ? groups_at(entry) : keep(site.site, sort_in(site));
}

std::span<const uint32_t> GroupTable::groups_of(const BlockRow& block) {
  return groups_of_item(row_.item_of(block));
}

std::span<const uint32_t> GroupTable::groups_of_item(uint32_t item) {
  const Entry& entry = entry_of(item);
  return entry.count != kUnsorted ? groups_at(entry) : keep(item, {number_of_label(row_.item_label(item, source_))});
}

std::span<const uint32_t> GroupTable::groups_of_site(uint32_t site, const TraceSet& set) {
  const Entry& entry = entry_of(site);
  return entry.count != kUnsorted ? groups_at(entry) : keep(site, sort_in(set.site(site)));
}

std::span<const uint32_t> GroupTable::groups_at(const Entry& entry) const {
  return {entry.count == 1 ? &entry.first : occurrences_.data() + entry.first, entry.count};
}

GroupTable::Entry& GroupTable::entry_of(uint32_t item) {
  if (item < entries_.size()) return entries_[item];
  if (item >= kSmallItems) return large_entries_[item];
  entries_.resize(item + size_t{1});
  return entries_[item];
}

std::vector<uint32_t> GroupTable::sort_in(const SiteRow& site) {
  if (row_.decides == KeyDecides::kSite) return {number_of_label(row_.site_label(site, source_))};
  const Traceback& traceback = source_.traceback(site.traceback);
  if (!key_.cumulative) return {number_of_traceback(traceback)};
  std::vector<uint32_t> groups;
  for (const Frame& frame : traceback) groups.push_back(number_of_frame(frame));
  if (key_.recursion == Recursion::kOnce) {
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  }
  return groups;
}

std::span<const uint32_t> GroupTable::keep(uint32_t item, const std::vector<uint32_t>& groups) {
  Entry& entry = entry_of(item);
  const auto count = static_cast<uint32_t>(groups.size());
  if (count == 1) {
    entry = {count, groups.front()};
  } else {
    if (occurrences_.size() + count > UINT32_MAX) throw std::length_error("too many frames to group by");
    entry = {count, static_cast<uint32_t>(occurrences_.size())};
    occurrences_.insert(occurrences_.end(), groups.begin(), groups.end());
  }
  return groups_at(entry);
}

uint32_t GroupTable::number_of_traceback(const Traceback& traceback) {
  if (row_.decides == KeyDecides::kStack) return number_of_whole(traceback);
  // tracemalloc groups by the slice [:1], which exists even when there is no frame.
  if (key_.key_type == KeyType::lineno && traceback.empty()) return number_of_whole(traceback);
  return number_of_frame(frame_picker_.pick(traceback));
}

uint32_t GroupTable::number_of_frame(const Frame& frame) {
  if (key_.key_type == KeyType::filename) {
    if (const auto known = by_name_.find(frame.filename()); known != by_name_.end()) return known->second;
    return by_name_.emplace(frame.filename(), add(Traceback{Frame(frame.filename(), 0)})).first->second;
  }
  if (key_.key_type == KeyType::lineno) {
    if (const auto known = by_frame_.find(frame); known != by_frame_.end()) return known->second;
    return by_frame_.emplace(frame, add(Traceback{frame})).first->second;
  }
  return number_of_label(row_.frame_label(frame));
}

uint32_t GroupTable::number_of_label(const std::string& label) {
  if (const auto known = by_name_.find(label); known != by_name_.end()) return known->second;
  return by_name_.emplace(label, add(Traceback{Frame::label(label)})).first->second;
}

uint32_t GroupTable::number_of_whole(const Traceback& group) {
  if (const auto known = by_traceback_.find(group); known != by_traceback_.end()) return known->second;
  return by_traceback_.emplace(group, add(group.with_total_nframe(std::nullopt))).first->second;
}

uint32_t GroupTable::add(Traceback group) {
  notes_.push_back(kUnnoted);
  return tracebacks_->add(std::move(group));
}

}  // namespace heapreel
