// What was allocated and freed between two moments, as a table or JSON.
#pragma once

#include <string>

#include "tools/command/read/view_options.h"

namespace heapreel::tools {

// `sides` says for people what is compared; `file` and the moments of the reel say it in JSON. Throws a usage error when
// the two snapshots have no common history.
std::string churn_text(const std::string& sides, const std::string& file, const Reel& reel, const Moment& before,
                       const Moment& after, const Snapshot& old_snapshot, const Snapshot& new_snapshot,
                       const ViewOptions& options);

}  // namespace heapreel::tools
