// The place of a call site in the form that code hosts expect.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/gate/gate_format.h"

namespace heapreel::tools {

struct SourcePlace {
  std::string path;   // relative to the working folder if the file is there; empty: not known
  uint32_t line = 0;  // 0: not known
};

// The call site of a finding. When there is none, the line of the file of budgets.
SourcePlace place_of(const GateSubject& subject, const GateFinding& finding);

}  // namespace heapreel::tools
