// What one grouping has over another.
#pragma once

#include <vector>

#include <heapreel/statistic.h>

#include "snapshot/grouping.h"

namespace heapreel {

// Whether two groupings come from one group table, so that equal numbers mean equal groups.
enum class GroupNumbers { kShared, kUnrelated };

// Every group of either side, in tracemalloc's order of differences. Costs the number of groups, plus sorting
// those that changed.
std::vector<StatisticDiff> compare(const Grouping& new_rows, const Grouping& old_rows, GroupNumbers numbers);

}  // namespace heapreel
