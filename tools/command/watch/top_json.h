// What `heapreel top` shows, as JSON (tools/json_schemas/top.schema.json).
#pragma once

#include <string>

#include "snapshot/reel/read/reel.h"
#include "tools/command/watch/top_figures.h"

namespace heapreel::tools {

// `reel` has a game frame. Lines are sorted by growth, all of them.
std::string top_json(const std::string& path, const Reel& reel, const TopFigures& figures);

}  // namespace heapreel::tools
