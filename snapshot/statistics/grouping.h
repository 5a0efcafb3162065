// A trace set's live blocks, added up by group.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"
#include "snapshot/statistics/group_rows.h"

namespace heapreel {

// Few groups change from one game frame to the next, so that the groupings of many snapshots share the rows of one.
// Immutable; any thread. Keeps its tracebacks alive.
class Grouping {
 public:
  // Adds up the whole set: its sites, or its blocks where the key needs them.
  static std::shared_ptr<const Grouping> of(const TraceSet& set, GroupTable& table);

  // `changes` are rows that take the place of those of `base`, at most one for each group, in any order. `size` is how
  // many groups then have blocks.
  Grouping(std::shared_ptr<const GroupRows> base, std::vector<GroupRow> changes, size_t size);

  // How many groups have blocks.
  size_t size() const { return size_; }
  const std::shared_ptr<const GroupRows>& base() const { return base_; }
  const std::vector<GroupRow>& changes() const { return changes_; }
  // The base with its changes, made at the first call.
  std::shared_ptr<const GroupRows> rows() const;
  // The rows in order, made at the first call.
  std::shared_ptr<const SortedGroups> sorted() const;
  const std::shared_ptr<const GroupTracebacks>& tracebacks() const { return base_->tracebacks(); }

  // A grouping of the same table that has other changes to the same base.
  std::shared_ptr<const Grouping> with(std::vector<GroupRow> changes, size_t size) const;

 private:
  const std::shared_ptr<const GroupRows> base_;
  const std::vector<GroupRow> changes_;
  const size_t size_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const GroupRows> rows_;
  mutable std::shared_ptr<const SortedGroups> sorted_;
};

}  // namespace heapreel
