// The findings of a gate as JSON.
#pragma once

#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

// "kept", "over", "never_seen", "not_checked"
const char* state_name(GateFinding::State state);

std::string gate_json(const GateSubject& subject, const GateResult& result);

}  // namespace heapreel::tools
