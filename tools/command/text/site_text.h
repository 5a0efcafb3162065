// The text of a group of blocks: where the blocks come from.
#pragma once

#include <heapreel/traceback.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tools/command/console/json_writer.h"

namespace heapreel::tools {

// "Level::load  src/level.cpp:88", the most recent frame first; callers follow with "<- ". At most `depth` frames, then
// how many more there are; 0: all.
std::vector<std::string> site_lines(const Traceback& traceback, size_t depth);

// An array of frames, oldest first, as tracemalloc has them.
void write_frames(JsonWriter& json, const Traceback& traceback);

}  // namespace heapreel::tools
