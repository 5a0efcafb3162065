// Code that is left out of a program's budgets, and why.
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
