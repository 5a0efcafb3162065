// What the process that is to be traced has to give: see tracer.h.
#include <algorithm>

#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "engine/tracer/tracer.h"

namespace heapreel::engine {

ArenaRoom arena_room(bool shared) {
  const size_t share = arena_share(platform::memory_limits(), shared);
  if (share == 0) return ArenaRoom::kNone;
  return share < kArenaBytes ? ArenaRoom::kLess : ArenaRoom::kFull;
}

uint64_t default_memory_budget() {
  return std::min(TracerOptions::kDefaultMemoryBudget, touched_share(platform::touched_memory_limit()));
}

}  // namespace heapreel::engine
