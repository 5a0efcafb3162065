#include "snapshot/group_table.h"

#include <utility>

#include "snapshot/group_label.h"
#include "snapshot/size_class.h"
#include "snapshot/trace_set.h"

namespace heapreel {

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
  const auto known = entries_.find(item);
  const Entry entry = known != entries_.end() ? known->second : entries_.emplace(item, sort_in(item)).first->second;
  return std::span<const uint32_t>(occurrences_).subspan(entry.begin, entry.count);
}

GroupTable::Entry GroupTable::sort_in(uint32_t item) {
  const size_t begin = occurrences_.size();
  if (key_.cumulative) {
    for (const Frame& frame : source_.traceback(item)) append(group_of_frame(frame));
  } else if (key_.key_type == KeyType::traceback || is_frame_key(key_.key_type)) {
    append(group_of_traceback(source_.traceback(item)));
  } else {
    append(group_of_number(item));
  }
  return {begin, occurrences_.size() - begin};
}

Traceback GroupTable::group_of_traceback(const Traceback& traceback) {
  if (key_.key_type == KeyType::traceback) return traceback.with_total_nframe(std::nullopt);
  // tracemalloc groups by the slice [:1], which exists even where the frame does not.
  if (key_.key_type == KeyType::lineno && traceback.empty()) return Traceback();
  return group_of_frame(frame_picker_.pick(traceback));
}

Traceback GroupTable::group_of_frame(const Frame& frame) const {
  switch (key_.key_type) {
    case KeyType::filename:
      return Traceback{Frame(frame.filename(), 0)};
    case KeyType::function:
      return Traceback{Frame::label(function_label(frame))};
    case KeyType::module:
      return Traceback{Frame::label(module_label(frame))};
    default:
      return Traceback{frame};
  }
}

Traceback GroupTable::group_of_number(uint32_t item) const {
  switch (key_.key_type) {
    case KeyType::domain:
      return Traceback{Frame::label(source_.domain_name(item))};
    case KeyType::thread:
      return Traceback{Frame::label(source_.thread_name(item))};
    case KeyType::tag:
      return Traceback{Frame::label(tag_label(source_.tag_name(item)))};
    default:
      return Traceback{Frame::label(size_class_name(item))};
  }
}

void GroupTable::append(const Traceback& group) {
  const auto [entry, is_new] = numbers_.try_emplace(group, static_cast<uint32_t>(groups_.size()));
  if (is_new) {
    owner_->push_back(group);
    groups_.push_back(group.owned_by(owner_));
  }
  occurrences_.push_back(entry->second);
}

}  // namespace heapreel
