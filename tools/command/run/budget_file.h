// Budgets as `heapreel run --budgets FILE` reads them, in TOML:
//
//     first_game_frame = 120          # those before are not looked at
//     [Physics]                       # a tag and those below it
//     allocs_per_game_frame = 0
//     ["domain:FrameArena"]
//     live_bytes = "512M"
//     required = false                # no matter if nothing of this name is ever seen
//     ["thread:audio"]                # all threads of that name together
//     allocs_per_game_frame = 0
//     ["*"]                           # the whole program
//     alloc_bytes_per_game_frame = 65536
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/reel/format/recorded_budgets.h"

namespace heapreel::tools {

struct BudgetFile {
  std::string path;
  std::vector<NamedBudget> budgets;  // by name
  uint32_t first_game_frame = 0;
};

// Throws a usage error that names the line and says what to do.
BudgetFile read_budget_file(const std::string& path);

}  // namespace heapreel::tools
