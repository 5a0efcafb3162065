// The live blocks by size, as a table or JSON.
#pragma once

#include <heapreel/size_histogram.h>

#include <string>
#include <vector>

#include "tools/command/read/statistics_view.h"

namespace heapreel::tools {

// `view` says what is shown: path, headline, sums. `bins` is the value of the option on the command line. Slack is left
// out when the allocator is not mimalloc.
std::string size_table_text(const StatisticsView& view, const std::vector<SizeBin>& histogram, const std::string& bins,
                            bool knows_slack, const ViewOptions& options);

}  // namespace heapreel::tools
