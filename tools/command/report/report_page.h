// The page of a report: the shell, which every report shares, with a reel's data in it.
#pragma once

#include <string>
#include <string_view>

#include "tools/command/report/report_data.h"

namespace heapreel::tools {

// The shell as it is built from tools/report (tools/report/README.md says how): HTML with two places for data.
std::string_view report_shell();

// A whole page. It asks for nothing else, and runs no code but the shell's.
std::string report_page(const ReportData& data);

}  // namespace heapreel::tools
