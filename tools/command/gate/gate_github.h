// The findings of a gate as annotations of GitHub Actions, on the lines of the code.
#pragma once

#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

// At most ten annotations, because GitHub shows no more for a step. All findings go as Markdown to the file that
// GITHUB_STEP_SUMMARY names, if it names one. Throws a CommandError when that file cannot be written.
std::string gate_github(const GateSubject& subject, const GateResult& result);

}  // namespace heapreel::tools
