// Which group, or groups, each item belongs to, for one key. An item is what is grouped: a site, a thread or a size
// class, as the key has it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/model/frame_picker.h"
#include "snapshot/model/group_key.h"
#include "snapshot/model/group_tracebacks.h"

namespace heapreel {

class TraceSet;
class TracebackSource;
struct BlockRow;
struct SiteRow;

// Numbers the groups of one key from 0, in the order in which they are found. A number never changes, so that the
// groupings of all snapshots with one source can be compared by number. The groups of an item are found once, and kept
// in eight bytes for each item.
//
// Not thread-safe: hold mutex() for everything but key() and tracebacks().
class GroupTable {
 public:
  GroupTable(GroupKey key, const TracebackSource& source);

  std::mutex& mutex() { return mutex_; }
  const GroupKey& key() const { return key_; }
  std::shared_ptr<const GroupTracebacks> tracebacks() const { return tracebacks_; }

  // The groups of a site or block, one entry per occurrence. Valid until the next call. Throws
  // std::out_of_range for a traceback without frames where the key needs one.
  std::span<const uint32_t> groups_of(const SiteRow& site);
  std::span<const uint32_t> groups_of(const BlockRow& block);
  // The groups of a thread or a size class, in the same way.
  std::span<const uint32_t> groups_of_item(uint32_t item);
  // The groups of a site of `set`. It looks at `set` only when the site is new to this table.
  std::span<const uint32_t> groups_of_site(uint32_t site, const TraceSet& set);

  // The traceback that stands for a group in a Statistic; it is in tracebacks().
  const Traceback* group(uint32_t number) const { return tracebacks_->at(number); }
  size_t size() const { return tracebacks_->size(); }

  // A note for each group: a number for the holder of mutex(). kUnnoted where nothing is noted; every holder leaves all
  // notes so.
  static constexpr uint32_t kUnnoted = UINT32_MAX;
  uint32_t& note_of(uint32_t number) { return notes_[number]; }

 private:
  static constexpr uint32_t kUnsorted = UINT32_MAX;
  // Comparisons look at thousands of entries, which other data has driven out of the cache. So the only group of an
  // item is in the entry itself.
  struct Entry {
    uint32_t count = kUnsorted;
    uint32_t first = 0;  // the group if there is one, otherwise the place of the first in occurrences_
  };
  struct HashName {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };

  Entry& entry_of(uint32_t item);
  std::span<const uint32_t> groups_at(const Entry& entry) const;
  // Finds the groups of a site that is new here.
  std::vector<uint32_t> sort_in(const SiteRow& site);
  std::span<const uint32_t> keep(uint32_t item, const std::vector<uint32_t>& groups);
  uint32_t number_of_traceback(const Traceback& traceback);
  uint32_t number_of_frame(const Frame& frame);
  uint32_t number_of_label(const std::string& label);
  uint32_t number_of_whole(const Traceback& group);
  uint32_t add(Traceback group);

  const GroupKey key_;
  const KeyRow& row_;  // of key_
  const TracebackSource& source_;
  std::mutex mutex_;
  FramePicker frame_picker_;
  std::vector<Entry> entries_;                         // by item, small numbers
  std::unordered_map<uint32_t, Entry> large_entries_;  // by item, the others
  std::vector<uint32_t> occurrences_;                  // of items that have several groups
  const std::shared_ptr<GroupTracebacks> tracebacks_ = std::make_shared<GroupTracebacks>();
  std::vector<uint32_t> notes_;  // by number
  // The number of each group, by what distinguishes the key's groups, so that no traceback is made to find one. A key
  // uses one of the three.
  std::unordered_map<std::string, uint32_t, HashName, std::equal_to<>> by_name_;
  std::unordered_map<Frame, uint32_t> by_frame_;
  std::unordered_map<Traceback, uint32_t> by_traceback_;
};

}  // namespace heapreel
