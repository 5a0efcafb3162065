#include "snapshot/statistics/group_table.h"

#include <utility>

#include "snapshot/statistics/group_label.h"
#include "snapshot/statistics/size_class.h"
#include "snapshot/trace_set.h"

namespace heapreel {
namespace {

// Tracers and reels number densely; traces made by hand may have any thread and domain.
constexpr uint32_t kSmallItems = 1 << 20;

}  // namespace

GroupTable::GroupTable(GroupKey key, const TracebackSource& source)
    : key_(std::move(key)), source_(source), frame_picker_(key_.skip_list) {}

std::span<const uint32_t> GroupTable::groups_of(const SiteRow& site) {
  if (key_.key_type == KeyType::domain) return groups_of_item(site.domain);
  if (key_.key_type == KeyType::tag) return groups_of_item(site.tag);
  return groups_of_item(site.traceback);
}

std::span<const uint32_t> GroupTable::groups_of(const BlockRow& block) {
  return groups_of_item(key_.key_type == KeyType::thread ? block.thread : size_class_of(block.size));
}

std::span<const uint32_t> GroupTable::groups_of_item(uint32_t item) {
  const Entry& entry = entry_of(item);
  if (entry.begin == kUnsorted) sort_in(item);
  return {occurrences_.data() + entry.begin, entry.count};
}

GroupTable::Entry& GroupTable::entry_of(uint32_t item) {
  if (item < entries_.size()) return entries_[item];
  if (item >= kSmallItems) return large_entries_[item];
  entries_.resize(item + size_t{1});
  return entries_[item];
}

void GroupTable::sort_in(uint32_t item) {
  const size_t begin = occurrences_.size();
  if (key_.cumulative) {
    for (const Frame& frame : source_.traceback(item)) occurrences_.push_back(number_of_frame(frame));
  } else if (key_.key_type == KeyType::traceback || is_frame_key(key_.key_type)) {
    occurrences_.push_back(number_of_traceback(source_.traceback(item)));
  } else {
    occurrences_.push_back(number_of_label(label_of_item(item)));
  }
  entry_of(item) = {begin, occurrences_.size() - begin};
}

uint32_t GroupTable::number_of_traceback(const Traceback& traceback) {
  if (key_.key_type == KeyType::traceback) return number_of_whole(traceback);
  // tracemalloc groups by the slice [:1], which exists even where the frame does not.
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
  // The label is the name itself but where there is none.
  const std::string& name = key_.key_type == KeyType::function ? frame.function() : frame.module();
  if (!name.empty()) return number_of_label(name);
  return number_of_label(key_.key_type == KeyType::function ? function_label(frame) : module_label(frame));
}

uint32_t GroupTable::number_of_label(const std::string& label) {
  if (const auto known = by_name_.find(label); known != by_name_.end()) return known->second;
  return by_name_.emplace(label, add(Traceback{Frame::label(label)})).first->second;
}

uint32_t GroupTable::number_of_whole(const Traceback& group) {
  if (const auto known = by_traceback_.find(group); known != by_traceback_.end()) return known->second;
  return by_traceback_.emplace(group, add(group.with_total_nframe(std::nullopt))).first->second;
}

std::string GroupTable::label_of_item(uint32_t item) const {
  switch (key_.key_type) {
    case KeyType::domain:
      return source_.domain_name(item);
    case KeyType::thread:
      return source_.thread_name(item);
    case KeyType::tag:
      return tag_label(source_.tag_name(item));
    default:
      return size_class_name(item);
  }
}

uint32_t GroupTable::add(Traceback group) {
  groups_.push_back(tracebacks_->add(std::move(group)));
  notes_.push_back(kUnnoted);
  return static_cast<uint32_t>(groups_.size() - 1);
}

}  // namespace heapreel
