// A trace set's live blocks, added up by group.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/group_table.h"
#include "snapshot/trace_set.h"

namespace heapreel {

struct GroupRow {
  const Traceback* traceback;  // owned by the group table
  uint64_t size;               // bytes
  uint64_t count;              // blocks, or occurrences
  uint32_t group;              // number in the group table

  // tracemalloc's order of statistics, largest first; total within one grouping.
  bool comes_before(const GroupRow& other) const;
};

// Rows in tracemalloc's order; only groups that have blocks. Keep the set's source alive with it.
using Grouping = std::vector<GroupRow>;

// Adds up the whole set: its sites, or its blocks where the key needs them.
Grouping group_all(const TraceSet& set, GroupTable& table);

// Makes one set's grouping out of the other's by what differs between the two sets, at the cost of that plus
// the number of groups. Nothing where they cannot tell what differs. Forward makes the new set's grouping out
// of the old one's.
enum class Direction { kForward, kBackward };
std::optional<Grouping> regroup(const Grouping& from, const TraceSet& old_set, const TraceSet& new_set,
                                Direction direction, GroupTable& table);

}  // namespace heapreel
