// Puts functions and lines into a reel that is finished, so that it shows them on any machine and for ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

struct SealedReel {
  uint64_t addresses = 0;             // that stacks of the reel name
  uint64_t named = 0;                 // of these: with a function or a line by now
  std::vector<std::string> warnings;  // as of Symbolizer
};

// Resolves every address of the reel at `path` by the files that are here, and puts a new file with the names in its
// place; what was sealed before stays. The states are copied as they are. Throws ReelError where the reel cannot be
// read, was cut off, or cannot be replaced; the old file is there then. `symbols.path_prefix_map` is left out of it, so
// that readers may have their own.
SealedReel seal_reel(const std::string& path, SymbolizerOptions symbols);

}  // namespace heapreel
