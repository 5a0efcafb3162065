// How often commands that follow a growing reel look at it.
#pragma once

#include <cstdint>

namespace heapreel::tools {

inline constexpr uint64_t kDefaultLookEveryMs = 1000;
// Waiting four times as long as a look takes leaves the program four fifths of a core.
inline constexpr int kPauseByWork = 4;

}  // namespace heapreel::tools
