// The data that the copies of one Snapshot share.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <heapreel/snapshot.h>

#include "snapshot/model/trace_set.h"
#include "snapshot/statistics/comparison.h"
#include "snapshot/statistics/grouping.h"

namespace heapreel {

// Immutable except for caches, which their mutex guards. It is also the way to make a Snapshot from any trace set.
class SnapshotData {
 public:
  static Snapshot make_snapshot(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list,
                                Recursion recursion = Recursion::kEachTime);

  static const std::shared_ptr<const SnapshotData>& of(const Snapshot& snapshot) { return snapshot.data_; }

  SnapshotData(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list, Recursion recursion);

  const TraceSet& set() const { return *set_; }
  const std::shared_ptr<const TraceSet>& shared_set() const { return set_; }
  // Asks the set at the first call, which may wait there.
  const TracebackSource& source() const;
  int traceback_limit() const { return traceback_limit_; }
  const SkipList& skip_list() const { return skip_list_; }
  Recursion recursion() const { return recursion_; }
  // The key of a grouping with this snapshot's skip list.
  GroupKey group_key(KeyType key_type, bool cumulative) const {
    return GroupKey(key_type, cumulative, skip_list_, recursion_);
  }

  // All blocks in the set's order, listed at the first call.
  const std::vector<BlockRow>& blocks() const;

  // Computed at the first call for a key, then remembered.
  std::shared_ptr<const Grouping> grouping(const GroupKey& key) const;

  // The cost follows what differs between the two, where the sets can tell that. A grouping that is missing is then
  // made from the other one.
  static std::shared_ptr<const Comparison> compare(const SnapshotData& old_data, const SnapshotData& new_data,
                                                   const GroupKey& key);

 private:
  std::shared_ptr<const Grouping> known_grouping(const GroupKey& key) const;
  std::shared_ptr<const Grouping> remember(const GroupKey& key, std::shared_ptr<const Grouping> grouping) const;

  const std::shared_ptr<const TraceSet> set_;
  const int traceback_limit_;
  const SkipList skip_list_;
  const Recursion recursion_;

  mutable std::mutex mutex_;
  mutable std::map<GroupKey, std::shared_ptr<const Grouping>> groupings_;
  mutable std::once_flag source_asked_;
  mutable std::shared_ptr<const TracebackSource> source_;
  mutable std::once_flag blocks_listed_;
  mutable std::vector<BlockRow> blocks_;
};

}  // namespace heapreel
