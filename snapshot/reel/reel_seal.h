// Adds functions and lines to a finished reel, so that it shows them on any machine, also in later years.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

struct SealedReel {
  uint64_t addresses = 0;             // addresses in the reel's stacks
  uint64_t named = 0;                 // of these, how many have a function or a line now
  std::vector<std::string> warnings;  // Symbolizer::warnings()
  std::vector<std::string> damage;    // ReelInfo::damage: what cannot be shown, sealed or not
};

// Resolves every address of the reel at `path` with the files on this machine, and replaces the reel by a file that has
// the names; names from an earlier sealing stay. The states are copied unchanged. `symbols.path_prefix_map` is not
// applied, so that readers may use their own. Throws ReelError when the reel cannot be read, was cut off, or cannot be
// replaced; then the old file is unchanged.
SealedReel seal_reel(const std::string& path, SymbolizerOptions symbols);

}  // namespace heapreel
