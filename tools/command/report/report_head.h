// What the page of a report shows first, as JSON.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/report/report_moments.h"
#include "tools/command/report/report_summary.h"

namespace heapreel::tools {

// `rows`: of the page. One JSON object that contains no '<', so that it can stand inside of a <script>. To be called when the tracebacks have been
// resolved, because it also says which modules have no names.
std::string report_head(const Reel& reel, const std::string& path, const std::vector<std::string>& options,
                        const std::vector<ReportRow>& rows, const ReportMoments& moments,
                        const std::vector<ReportSentence>& sentences);

}  // namespace heapreel::tools
