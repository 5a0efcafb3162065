// Makes a file of budgets to which good recordings keep.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/gate/observed_use.h"

namespace heapreel::tools {

// TOML, with a table for every tag, domain and thread that allocates, and for the whole program. `start` is written as
// the warm-up. Throws as observed_use().
std::string suggested_budgets(const std::vector<Reel>& reels, const BudgetStart& start, Headroom headroom);

// A number of bytes in the form of a file of budgets: 4096, "64K", "12M". At least `bytes`.
std::string toml_bytes(uint64_t bytes);

}  // namespace heapreel::tools
