// The difference of two histories of one tracer, by group.
#pragma once

#include <vector>

#include <heapreel/churn.h>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"

namespace heapreel {

// The groups in which anything was allocated or freed; sorted by alloc_bytes, allocs, freed_bytes, frees, traceback,
// all descending. Both sets are of the table's source, and of one generation. The cost follows the number of sites, or
// of threads or size classes. Throws std::invalid_argument when a set has no such history.
std::vector<ChurnStatistic> churn(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table);

}  // namespace heapreel
