// Which group, or groups, each thing that can be grouped belongs to, for one key.
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

// Numbers the groups of one key from 0, in order of discovery; a number never changes, so that the groupings
// of all snapshots with one source can be compared by number. What is grouped is called an item: a site, a thread or a
// size class, as the key has it. Its groups are found once, and kept in eight bytes an item.
//
// Not thread-safe but for key() and tracebacks(): hold mutex() over everything else.
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
  // The groups of a thread or a size class, likewise.
  std::span<const uint32_t> groups_of_item(uint32_t item);
  // The groups of a site of `set`. Only when the site is new to this table is `set` looked at.
  std::span<const uint32_t> groups_of_site(uint32_t site, const TraceSet& set);

  // What stands for a group in a Statistic; one of tracebacks().
  const Traceback* group(uint32_t number) const { return tracebacks_->at(number); }
  size_t size() const { return tracebacks_->size(); }

  // A number for each group, for whoever holds mutex() to note something by; kUnnoted where nothing is noted, and
  // everywhere between one holder and the next.
  static constexpr uint32_t kUnnoted = UINT32_MAX;
  uint32_t& note_of(uint32_t number) { return notes_[number]; }

 private:
  static constexpr uint32_t kUnsorted = UINT32_MAX;
  // Comparisons look at thousands, which others drove out of the cache: the only group of an item stands here itself.
  struct Entry {
    uint32_t count = kUnsorted;
    uint32_t first = 0;  // the group where there is one, else the place of the first in occurrences_
  };
  struct HashName {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };

  Entry& entry_of(uint32_t item);
  std::span<const uint32_t> groups_at(const Entry& entry) const;
  // Finds the groups of one that is new here.
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
  // The number of each group, found by what tells its groups apart, so that no traceback is made to find one. A key uses one of
  // the three.
  std::unordered_map<std::string, uint32_t, HashName, std::equal_to<>> by_name_;
  std::unordered_map<Frame, uint32_t> by_frame_;
  std::unordered_map<Traceback, uint32_t> by_traceback_;
};

}  // namespace heapreel
