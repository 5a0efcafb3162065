// The findings of a gate as JUnit XML, which CI systems show as tests.
#pragma once

#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

std::string gate_junit(const GateSubject& subject, const GateResult& result);

}  // namespace heapreel::tools
