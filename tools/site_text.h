// A group of blocks as it is shown: where it comes from.
#pragma once

#include <heapreel/traceback.h>

#include <string>
#include <vector>

#include "tools/json_writer.h"

namespace heapreel::tools {

// "Level::load  src/level.cpp:88", the most recent frame first; callers follow with "<- ". All frames.
std::vector<std::string> site_lines(const Traceback& traceback);

// An array of frames, oldest first, as tracemalloc has them.
void write_frames(JsonWriter& json, const Traceback& traceback);

}  // namespace heapreel::tools
