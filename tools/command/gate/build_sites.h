// What the call sites of one build did in a recording, under names that another build of the program can have as well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heapreel/frame.h>

#include "snapshot/budget/budget.h"
#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// Everything that is allocated at one line of one function, or at one place of a module without line tables.
struct BuildSite {
  std::string function = {};                     // without return type and parameters; empty: not known
  std::string file = {};                         // the file's name; for code without a line, its module's
  uint32_t line = 0;                             // 0: not known
  uint64_t offset = 0;                           // in the module, where the line is not known
  Frame frame = Frame::label("all call sites");  // as it is shown

  uint64_t allocs = 0;           // over all game frames that count
  uint64_t alloc_bytes = 0;      // likewise
  uint64_t most_live_bytes = 0;  // at the end of any of them
};

struct BuildSites {
  std::vector<BuildSite> sites = {};  // by function, file, line, offset
  BuildSite all = {};                 // of all of them together
  uint64_t game_frames = 0;           // that count: whole ones after the warm-up
  bool own_game_frames = false;       // the program's, and not a timer's

  // The game frames before `start` are the warm-up. Throws ReelError, and a usage error when the mark does not exist.
  static BuildSites of(const Reel& reel, const BudgetStart& start);
};

}  // namespace heapreel::tools
