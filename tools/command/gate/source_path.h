// Where a call site is, as code hosts want to be told.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

struct SourcePlace {
  std::string path;   // below the working folder where the file is there; empty: not known
  uint32_t line = 0;  // 0: not known
};

// The call site of a finding; without one, the line of the file of budgets that says so.
SourcePlace place_of(const GateSubject& subject, const GateFinding& finding);

}  // namespace heapreel::tools
