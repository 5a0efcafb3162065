// The findings of a gate as Markdown, for comments on changes and job summaries.
#pragma once

#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

std::string gate_markdown(const GateSubject& subject, const GateResult& result);

}  // namespace heapreel::tools
