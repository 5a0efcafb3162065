// What of a program's code is left out of its budgets, and why.
#pragma once

#include <cstdint>
#include <string>

#include "snapshot/budget/code_pattern.h"

namespace heapreel {

struct SiteIgnore {
  CodePattern::Texts code;  // of one frame of the stack
  std::string budget = {};  // of this budget alone; empty: of all
  std::string reason = {};
  uint32_t line = 0;  // of its file
};

}  // namespace heapreel
