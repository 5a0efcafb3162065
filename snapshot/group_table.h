// Which group, or groups, each thing that can be grouped belongs to, for one key.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/frame_picker.h"
#include "snapshot/group_key.h"

namespace heapreel {

class TracebackSource;
struct BlockRow;
struct SiteRow;

// Numbers the groups of one key from 0, in order of discovery; a number never changes, so that the groupings
// of all snapshots with one source can be compared by number. What is grouped is called an item: a traceback,
// a domain, a tag, a thread or a size class, as the key has it.
//
// Not thread-safe but for group(): hold mutex() over everything else.
class GroupTable {
 public:
  GroupTable(GroupKey key, const TracebackSource& source);

  std::mutex& mutex() { return mutex_; }
  const GroupKey& key() const { return key_; }

  // The groups of a site or block, one entry per occurrence. Valid until the next call. Throws
  // std::out_of_range for a traceback without frames where the key needs one.
  std::span<const uint32_t> groups_of(const SiteRow& site);
  std::span<const uint32_t> groups_of(const BlockRow& block);

  // What stands for a group in a Statistic; the address stays valid as long as the table.
  const Traceback& group(uint32_t number) const { return groups_[number]; }
  size_t size() const { return groups_.size(); }

 private:
  struct Entry {
    size_t begin = 0;
    size_t count = 0;
  };

  std::span<const uint32_t> groups_of_item(uint32_t item);
  Entry sort_in(uint32_t item);
  Traceback group_of_frame(const Frame& frame) const;
  Traceback group_of_traceback(const Traceback& traceback);
  Traceback group_of_number(uint32_t item) const;
  void append(const Traceback& group);

  const GroupKey key_;
  const TracebackSource& source_;
  std::mutex mutex_;
  FramePicker frame_picker_;
  std::unordered_map<uint32_t, Entry> entries_;  // by item
  std::vector<uint32_t> occurrences_;            // what entries point into
  // Statistics copy thousands of these. They count references in one place, which stays in the cache, instead
  // of in as many places as there are groups.
  const std::shared_ptr<std::deque<Traceback>> owner_ = std::make_shared<std::deque<Traceback>>();
  std::deque<Traceback> groups_;  // by number; owned by `owner_`
  std::unordered_map<Traceback, uint32_t> numbers_;
};

}  // namespace heapreel
