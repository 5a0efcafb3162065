// Where a program freed blocks that are not in its record.
#pragma once

#include <cstdint>
#include <string>

#include "snapshot/reel/read/reel.h"
#include "tools/command/console/json_writer.h"

namespace heapreel::tools {

// A line for each place that the reel knows of; empty when there is none. kSecond: only of blocks that had been freed
// before, which is the program's fault for certain.
enum class StrayFrees : uint8_t { kAll, kSecond };
inline bool is_among(const engine::StrayFree& stray, StrayFrees which) {
  return which == StrayFrees::kAll || stray.allocated_at != engine::StrayFree::kNotKnown;
}
std::string stray_frees_text(const Reel& reel, StrayFrees which = StrayFrees::kAll);

// The member "stray_frees": an array of objects with "count", and the frames "freed_at" and, where it is known,
// "allocated_at", oldest first.
void write_stray_frees(JsonWriter& json, const Reel& reel);

}  // namespace heapreel::tools
