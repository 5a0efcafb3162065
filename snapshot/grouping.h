// A trace set's live blocks, added up by group.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "snapshot/group_table.h"
#include "snapshot/sorted_groups.h"
#include "snapshot/trace_set.h"

namespace heapreel {

// A row that stands before the one at `place` of the rows it is put into.
struct PlacedRow {
  GroupRow row;
  uint32_t place;
};

// What changed since some rows were sorted: few groups do from one game frame to the next, so that the snapshots of
// many share the sorted rows of one.
struct GroupLayers {
  std::shared_ptr<const SortedGroups> base;
  std::vector<uint32_t> left_out;  // positions in base, ascending
  std::vector<PlacedRow> put_in;   // in order

  size_t changes() const { return left_out.size() + put_in.size(); }
};

// Only groups that have blocks. Immutable; any thread. Keeps its tracebacks alive.
class Grouping {
 public:
  // Adds up the whole set: its sites, or its blocks where the key needs them.
  static std::shared_ptr<const Grouping> of(const TraceSet& set, GroupTable& table);

  Grouping(GroupLayers layers, std::shared_ptr<const GroupTracebacks> tracebacks)
      : layers_(std::move(layers)), tracebacks_(std::move(tracebacks)) {}

  // All rows, merged at the first call.
  std::shared_ptr<const SortedGroups> merged() const;
  // The rows with few changes, or none: many are merged.
  GroupLayers layers() const;
  const std::shared_ptr<const GroupTracebacks>& tracebacks() const { return tracebacks_; }

 private:
  const GroupLayers layers_;
  const std::shared_ptr<const GroupTracebacks> tracebacks_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const SortedGroups> merged_;
};

}  // namespace heapreel
