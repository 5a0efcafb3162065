// The difference of two histories of one tracer, by group.
#pragma once

#include <vector>

#include <heapreel/churn.h>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"

namespace heapreel {

// Groups with anything to tell; by alloc_bytes, allocs, freed_bytes, frees, traceback, all descending. Both sets are of
// one source, the table's, and of one generation. Costs the number of sites, or of threads or size classes. Throws
// std::invalid_argument where a set has no such history.
std::vector<ChurnStatistic> churn(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table);

}  // namespace heapreel
