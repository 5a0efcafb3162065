// The live blocks of a program that is being recorded, as a still.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

struct StillFile {
  std::string path;
  uint64_t game_frame = 0;         // the last one that was written
  std::string game_frame_name;     // what the program calls it
  std::optional<uint32_t> number;  // by which the program knows it, if it has numbers of its own
  uint64_t live_bytes = 0;
  uint64_t live_blocks = 0;
  // How long ago that game frame ended, of a program that is being recorded: what came after it is not in the still.
  std::optional<double> seconds_ago = {};
  std::vector<std::string> gaps;  // what is missing in the record, a sentence each
  bool being_written = false;     // by a program that runs
};

// Writes the state at the end of the last game frame that `reel` has to `path` or, where that is empty, beside the reel
// under its name with the game frame's number: game.reel becomes game.1204.still. Throws ReelError, also when the file
// exists already and `overwrite` is false.
StillFile write_still(const std::string& reel, const SymbolizerOptions& symbols, std::string path = {},
                      bool overwrite = false);

}  // namespace heapreel::tools
