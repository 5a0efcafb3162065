// What of a reel's states is damaged.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// A sentence each. Their checksums alone are looked at: what they hold is looked at when they are shown. Damage takes
// along the states that are told as a difference to the damaged one.
std::vector<std::string> damaged_states(const ReelInput& input, const ReelContents& contents);

}  // namespace heapreel
