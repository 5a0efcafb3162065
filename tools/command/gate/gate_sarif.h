// The findings of a gate as SARIF 2.1.0, for code scanning and editors.
#pragma once

#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

std::string gate_sarif(const GateSubject& subject, const GateResult& result);

}  // namespace heapreel::tools
